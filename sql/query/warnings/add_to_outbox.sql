INSERT INTO outbox (target, id, organization_id, member_id, client_password_id, everything, reason, ended_at, due_at,
    warns_of, days)
SELECT $1, $2, u.organization_id, u.member_id, u.id, 0, $3, $4, $4, $5, $6
FROM unended_client_passwords u JOIN client_passwords p ON p.id = u.id
WHERE u.id = $7 AND p.version = $8 AND p.watch_at = $9 AND u.ends_at > $4
  AND NOT EXISTS (SELECT 1 FROM warnings w WHERE w.client_password_id = $7 AND w.ends_at = $5 AND w.days = $6)
