SELECT l.client_password_id, p.member_id, p.organization_id
FROM client_setup_links l JOIN client_passwords p ON p.id = l.client_password_id
WHERE l.verifier IN ($1, $2) AND l.expires_at > $3
