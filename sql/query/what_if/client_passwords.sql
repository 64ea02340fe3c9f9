SELECT m.id, p.id, p.created_at, p.expires_at, p.overlap_until, p.protocols, c.moved, c.networks,
       (SELECT max(u.at) FROM uses u WHERE u.client_password_id = p.id)
FROM members m
JOIN unended_client_passwords p ON p.member_id = m.id
JOIN client_passwords c ON c.id = p.id
WHERE m.organization_id = $1 AND m.id > $2 AND m.id <= $3 AND p.ends_at > $4
