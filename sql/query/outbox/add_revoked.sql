INSERT INTO outbox (target, id, organization_id, everything, reason, ended_at, due_at, told_member)
SELECT $1, $2, $3, 0, 'bulk_revocation', $4, $4, $5
WHERE EXISTS (SELECT 1 FROM client_passwords p
              WHERE p.revocation_id = $6 AND p.member_id > $5 AND p.member_id <= $7)
   OR EXISTS (SELECT 1 FROM member_ends e
              WHERE e.revocation_id = $6 AND e.member_id > $5 AND e.member_id <= $7)
