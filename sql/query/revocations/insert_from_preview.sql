INSERT INTO revocations (id, organization_id, state, filter, reason, dry_run, preview_id, matched_members,
    matched_client_passwords, created_at, actor_kind, actor_id, below_rank, own_member_id)
SELECT $1, organization_id, 'running', filter, $2, 0, id, matched_members, matched_client_passwords, $3, $4, $5, $6, $7
FROM revocations WHERE id = $8
