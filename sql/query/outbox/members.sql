SELECT id, login FROM members WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT $3
