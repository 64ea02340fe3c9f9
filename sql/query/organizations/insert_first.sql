INSERT INTO organizations (id, name, state, owner_id, created_at)
SELECT $1, $2, 'active', $3, $4 WHERE NOT EXISTS (SELECT 1 FROM organizations)
