SELECT id, organization_id, parent_id, name, created_at, version
FROM departments WHERE organization_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
