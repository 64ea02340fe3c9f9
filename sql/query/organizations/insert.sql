INSERT INTO organizations (id, name, state, owner_id, created_at) VALUES ($1, $2, 'active', $3, $4)
