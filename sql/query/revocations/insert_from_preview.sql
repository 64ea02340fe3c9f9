INSERT INTO revocations (id, organization_id, filter, reason, dry_run, preview_id, matched_members,
    matched_client_passwords, created_at, actor_kind, actor_id)
SELECT $1, organization_id, filter, $2, 0, id, matched_members, matched_client_passwords, $3, $4, $5
FROM revocations WHERE id = $6
