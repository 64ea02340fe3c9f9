INSERT INTO outbox (target, id, organization_id, member_id, client_password_id, everything, reason, ended_at, due_at)
SELECT $1, u.id, u.organization_id, u.member_id, u.id, 0, 'rotated', u.overlap_until, $2
FROM unended_client_passwords u
WHERE u.overlap_until > $3 AND u.overlap_until <= $2 AND (u.expires_at IS NULL OR u.expires_at >= u.overlap_until)
ON CONFLICT (target, id) DO NOTHING
