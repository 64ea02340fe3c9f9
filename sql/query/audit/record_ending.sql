INSERT INTO audit_events (id, organization_id, at, actor_kind, actor_id, action, member_id, targets, reason,
    details, ended_client_passwords, request_id)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, count(*), $11 FROM unended_client_passwords
WHERE member_id = $7 AND ends_at > $3
