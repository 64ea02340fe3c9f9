SELECT i.id, m.id, m.organization_id, m.login, CASE WHEN m.password_hash IS NULL THEN 0 ELSE 1 END
FROM invitations i
JOIN members m ON m.id = i.member_id
JOIN organizations o ON o.id = m.organization_id
WHERE i.verifier IN ($1, $2) AND i.expires_at > $3 AND m.state = 'active' AND o.state = 'active'
