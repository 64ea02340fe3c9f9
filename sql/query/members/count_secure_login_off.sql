SELECT count(*) FROM members m JOIN organizations o ON o.id = m.organization_id
WHERE m.secure_login = 0 AND m.state = 'active' AND o.state = 'active'
