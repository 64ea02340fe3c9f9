SELECT id, organization_id, at, actor_kind, actor_id, action, member_id, targets, reason, details,
       ended_client_passwords, request_id
FROM audit_events
WHERE member_id = $1 AND id < $2 AND id >= $3 AND coalesce(organization_id, member_id) = $4
  AND ($5 = 0 OR actor_id = $6) AND ($7 = '' OR action = $7) AND at >= $8 AND at < $9
ORDER BY id DESC LIMIT $10
