INSERT INTO audit_events (id, organization_id, at, actor_kind, actor_id, action, member_id, targets, reason,
    details, ended_client_passwords, request_id)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, count(*), $11
FROM unended_client_passwords u JOIN client_passwords p ON p.id = u.id
WHERE u.organization_id = $2 AND p.pepper_id = $12 AND u.ends_at > $3
