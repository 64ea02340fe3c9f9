DELETE FROM known_places
WHERE member_id = $1 AND purpose = $2
  AND (at, place) < (SELECT at, place FROM known_places WHERE member_id = $1 AND purpose = $2
                     ORDER BY at DESC, place DESC LIMIT 1 OFFSET $3)
