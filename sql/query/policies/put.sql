INSERT INTO policies (organization_id, policy, version, updated_at, unsettled, tombstone_days, history_days, unwatched)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7)
ON CONFLICT (organization_id) DO UPDATE
SET policy = excluded.policy, version = policies.version + 1, updated_at = excluded.updated_at,
    unsettled = excluded.unsettled, tombstone_days = excluded.tombstone_days, history_days = excluded.history_days,
    unwatched = CASE WHEN excluded.unwatched = 1 THEN 1 ELSE policies.unwatched END
WHERE policies.version = $8
