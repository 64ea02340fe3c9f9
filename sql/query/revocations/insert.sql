INSERT INTO revocations (id, organization_id, state, filter, reason, dry_run, created_at, actor_kind, actor_id,
    below_rank, own_member_id)
VALUES ($1, $2, 'running', $3, $4, $5, $6, $7, $8, $9, $10)
