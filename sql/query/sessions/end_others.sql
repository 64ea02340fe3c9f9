DELETE FROM sessions WHERE member_id = $1 AND id <> $2 RETURNING id
