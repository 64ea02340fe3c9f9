INSERT INTO outbox (target, id, organization_id, member_id, client_password_id, everything, reason, ended_at, due_at)
SELECT $1, p.id, p.organization_id, p.member_id, p.id, 0, p.ended_reason, p.ended_at, p.ended_at
FROM client_passwords p WHERE p.replaced_by = $2 AND p.ended_at = $3
ON CONFLICT (target, id) DO NOTHING
