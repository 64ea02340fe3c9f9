SELECT id, filter, reason, dry_run, preview_id, matched_members, matched_client_passwords, ended_members,
       ended_client_passwords, created_at, actor_kind, actor_id, finished_at
FROM revocations WHERE id = $1 AND organization_id = $2
