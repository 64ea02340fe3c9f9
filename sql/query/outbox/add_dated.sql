INSERT INTO outbox (target, id, organization_id, member_id, client_password_id, everything, reason, ended_at, due_at)
SELECT $1, u.id, u.organization_id, u.member_id, u.id, 0,
       CASE WHEN u.overlap_until = u.ends_at THEN 'rotated' ELSE 'expired' END, u.ends_at, $2
FROM unended_client_passwords u
WHERE u.ends_at > $3 AND u.ends_at <= $2 AND u.ends_at < 9223372036854775807
ON CONFLICT (target, id) DO NOTHING
