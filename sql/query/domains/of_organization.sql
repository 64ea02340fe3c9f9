SELECT name, created_at FROM domains WHERE organization_id = $1 AND name > $2 ORDER BY name LIMIT $3
