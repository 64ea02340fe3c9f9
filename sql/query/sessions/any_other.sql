SELECT 1 WHERE EXISTS (SELECT 1 FROM sessions WHERE member_id = $1 AND id <> $2)
