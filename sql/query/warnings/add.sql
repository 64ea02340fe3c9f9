INSERT INTO warnings (client_password_id, ends_at, days, id, organization_id, reason, unused_since, warned_at)
SELECT u.id, $1, $2, $3, u.organization_id, $4, $5, $6
FROM unended_client_passwords u JOIN client_passwords p ON p.id = u.id
WHERE u.id = $7 AND p.version = $8 AND p.watch_at = $9 AND u.ends_at > $6
ON CONFLICT (client_password_id, ends_at, days) DO NOTHING
