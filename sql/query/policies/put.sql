INSERT INTO policies (organization_id, policy, version, updated_at) VALUES ($1, $2, 1, $3)
ON CONFLICT (organization_id) DO UPDATE
SET policy = excluded.policy, version = policies.version + 1, updated_at = excluded.updated_at
WHERE policies.version = $4
