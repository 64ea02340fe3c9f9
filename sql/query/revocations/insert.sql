INSERT INTO revocations (id, organization_id, filter, reason, dry_run, created_at, actor_kind, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
