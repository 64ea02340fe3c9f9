SELECT p.member_id, m.login, p.id FROM client_passwords p JOIN members m ON m.id = p.member_id
WHERE p.ended_at = $1 AND (p.member_id, p.id) > ($2, $3) AND p.ended_reason = $4 AND p.organization_id = $5
ORDER BY p.member_id, p.id LIMIT $6
