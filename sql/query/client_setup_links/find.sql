SELECT l.sealed, l.expires_at, p.id, p.lineage, p.label, p.protocols, m.id, m.login, m.display_name, o.id, o.name
FROM client_setup_links l
JOIN unended_client_passwords p ON p.id = l.client_password_id
JOIN members m ON m.id = p.member_id
JOIN organizations o ON o.id = p.organization_id
WHERE l.verifier IN ($1, $2) AND l.expires_at > $3 AND p.ends_at > $3 AND m.state = 'active' AND o.state = 'active'
