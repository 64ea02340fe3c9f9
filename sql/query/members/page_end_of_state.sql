SELECT id FROM members
WHERE organization_id = $1 AND state = $2 AND state <> 'active' AND id < $3
ORDER BY id DESC LIMIT 1 OFFSET $4
