SELECT id, organization_id, at, actor_kind, actor_id, action, member_id, targets, reason, details,
       ended_client_passwords, request_id
FROM audit_events
WHERE organization_id = $1 AND id < $2 AND id >= $3
  AND ($4 = 0 OR member_id = $5) AND ($6 = 0 OR actor_id = $7) AND ($8 = '' OR action = $8)
  AND at >= $9 AND at < $10
ORDER BY id DESC LIMIT $11
