INSERT INTO outbox (target, id, organization_id, member_id, client_password_id, everything, reason, ended_at, due_at)
SELECT $1, u.id, u.organization_id, u.member_id, u.id, 0, 'expired', $2, $2
FROM unended_client_passwords u
WHERE u.organization_id = $3 AND u.id > $4 AND u.id <= $5 AND u.ends_at > $2 AND u.created_at + $6 <= $2
  AND (u.expires_at IS NULL OR u.expires_at > u.created_at + $6)
ON CONFLICT (target, id) DO NOTHING
