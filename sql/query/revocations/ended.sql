SELECT p.id, m.login, p.label, p.ended_at, u.at FROM client_passwords p
JOIN members m ON m.id = p.member_id
LEFT JOIN last_uses u ON u.client_password_id = p.id
WHERE p.revocation_id = $1 AND p.id < $2
ORDER BY p.id DESC LIMIT $3
