INSERT INTO outbox (target, id, organization_id, member_id, client_password_id, everything, reason, ended_at, due_at)
SELECT $1, u.id, u.organization_id, u.member_id, u.id, 0, 'expired', u.expires_at, $2
FROM unended_client_passwords u
WHERE u.expires_at > $3 AND u.expires_at <= $2 AND (u.overlap_until IS NULL OR u.overlap_until > u.expires_at)
ON CONFLICT (target, id) DO NOTHING
