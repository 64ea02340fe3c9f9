SELECT m.id, m.organization_id, m.state, m.password_hash, o.state
FROM members m JOIN organizations o ON o.id = m.organization_id
WHERE m.login = $1 AND m.state <> 'left'
