INSERT INTO audit_events (id, organization_id, at, actor_kind, actor_id, action, member_id, targets, reason,
    details, ended_client_passwords, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
