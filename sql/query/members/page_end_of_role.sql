SELECT id FROM members
WHERE organization_id = $1 AND role = $2 AND id < $3
ORDER BY id DESC LIMIT 1 OFFSET $4
