INSERT INTO domains (name, organization_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING
RETURNING created_at
