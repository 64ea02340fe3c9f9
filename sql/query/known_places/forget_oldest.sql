DELETE FROM known_places
WHERE member_id = $1 AND purpose = $2
  AND (SELECT count(*) FROM known_places WHERE member_id = $1 AND purpose = $2) > $3
  AND at = (SELECT min(at) FROM known_places WHERE member_id = $1 AND purpose = $2)
