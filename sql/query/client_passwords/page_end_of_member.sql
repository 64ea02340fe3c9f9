SELECT id FROM client_passwords WHERE member_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3
