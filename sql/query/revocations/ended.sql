SELECT p.member_id, p.id, m.login, p.label, p.ended_at, u.at
FROM client_passwords p
JOIN members m ON m.id = p.member_id
LEFT JOIN last_uses u ON u.client_password_id = p.id
WHERE p.revocation_id = $1 AND (p.member_id, p.id) > ($2, $3)
UNION ALL
SELECT e.member_id, p.id, m.login, p.label, e.ended_at, u.at
FROM member_ends e
JOIN members m ON m.id = e.member_id
JOIN client_passwords p ON p.member_id = e.member_id AND p.member_epoch = e.epoch
LEFT JOIN last_uses u ON u.client_password_id = p.id
WHERE e.revocation_id = $1 AND e.member_id >= $2 AND (p.member_id, p.id) > ($2, $3) AND p.ends_at > e.ended_at
ORDER BY 1, 2 LIMIT $4
