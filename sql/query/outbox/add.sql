INSERT INTO outbox (target, id, organization_id, member_id, everything, reason, ended_at, due_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $7
WHERE $8 = 1 OR EXISTS (
    SELECT 1 FROM client_passwords p WHERE p.ended_at = $7 AND p.ended_reason = $6 AND p.organization_id = $3)
