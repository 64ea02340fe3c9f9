INSERT INTO policies (organization_id, policy, version, updated_at, unsettled, tombstone_days)
VALUES ($1, $2, 1, $3, $4, $5)
ON CONFLICT (organization_id) DO UPDATE
SET policy = excluded.policy, version = policies.version + 1, updated_at = excluded.updated_at,
    unsettled = excluded.unsettled, tombstone_days = excluded.tombstone_days
WHERE policies.version = $6
