SELECT m.id, p.created_at, p.expires_at, p.protocols,
       CASE WHEN p.overlap_until IS NULL THEN 0
            ELSE (SELECT c.moved FROM client_passwords c WHERE c.id = p.id) END,
       (SELECT max(u.at) FROM uses u WHERE u.client_password_id = p.id)
FROM members m JOIN unended_client_passwords p ON p.member_id = m.id
WHERE m.organization_id = $1 AND m.id > $2 AND m.id <= $3 AND p.ends_at > $4
