SELECT id, organization_id, at, actor_kind, actor_id, action, member_id, targets, reason, details,
       ended_client_passwords, request_id
FROM audit_events
WHERE organization_id = $1 AND id < $2 AND id >= $3
  AND ($4 = 0 OR actor_id = $5) AND ($6 = '' OR action = $6) AND at >= $7 AND at < $8
ORDER BY id DESC LIMIT $9
