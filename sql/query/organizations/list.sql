SELECT id, name, state, owner_id, created_at, version FROM organizations
WHERE id < $1 ORDER BY id DESC LIMIT $2
