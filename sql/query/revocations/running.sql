SELECT id, organization_id, state, filter, reason, dry_run, preview_id, matched_members, matched_client_passwords,
       ended_members, ended_client_passwords, passed_members, all_members, created_at, actor_kind, actor_id,
       finished_at, passed_member_id,
       below_rank, own_member_id, newest
FROM revocations WHERE state = 'running' ORDER BY id
