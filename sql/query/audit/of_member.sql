SELECT id, organization_id, at, actor_kind, actor_id, action, member_id, targets, reason, details,
       ended_client_passwords, request_id
FROM audit_events
WHERE member_id = $1 AND id < $2
ORDER BY id DESC LIMIT $3
