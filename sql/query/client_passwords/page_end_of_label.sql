SELECT id FROM client_passwords
WHERE organization_id = $1 AND label = $2 AND id < $3
ORDER BY id DESC LIMIT 1 OFFSET $4
