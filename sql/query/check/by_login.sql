SELECT m.id, m.organization_id, m.login, m.state, m.secure_login, m.secure_login_required, m.epoch,
       CASE WHEN m.password_hash IS NULL THEN 0 ELSE 1 END, o.state, o.epoch, o.rules_version, d.department_id,
       m.password_hash
FROM members m
JOIN organizations o ON o.id = m.organization_id
LEFT JOIN department_members d ON d.member_id = CASE WHEN o.rules_version > 0 THEN m.id END
WHERE m.login = $1 AND m.state <> 'left'
