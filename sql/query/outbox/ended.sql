SELECT p.member_id, m.login, p.id FROM client_passwords p JOIN members m ON m.id = p.member_id
WHERE p.ended_at = $1 AND (p.member_id, p.id) > ($2, $3) AND p.ended_reason = $4 AND p.organization_id = $5
UNION ALL
SELECT e.member_id, m.login, p.id
FROM member_ends e
JOIN members m ON m.id = e.member_id
JOIN client_passwords p ON p.member_id = e.member_id AND p.member_epoch = e.epoch
WHERE e.ended_at = $1 AND e.revocation_id IS NOT NULL AND e.reason = $4 AND e.member_id >= $2
  AND (p.member_id, p.id) > ($2, $3) AND p.ends_at > e.ended_at AND p.organization_id = $5
ORDER BY 1, 3 LIMIT $6
