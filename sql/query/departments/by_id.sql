SELECT id, organization_id, parent_id, name, created_at, version FROM departments WHERE id = $1
