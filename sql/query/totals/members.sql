SELECT m.id, m.state, m.secure_login,
       count(CASE WHEN p.ends_at > $1 AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch THEN 1 END),
       count(CASE WHEN p.ends_at > $1 AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch
                   AND NOT EXISTS (SELECT 1 FROM uses u WHERE u.client_password_id = p.id) THEN 1 END),
       count(p.id)
FROM (SELECT n.id, n.organization_id, n.state, n.secure_login, n.epoch FROM members n
      WHERE n.organization_id = $2 AND n.id > $3 ORDER BY n.id LIMIT $4) m
JOIN organizations o ON o.id = m.organization_id
LEFT JOIN client_passwords p ON p.member_id = m.id
GROUP BY m.id, m.state, m.secure_login
ORDER BY m.id, m.state, m.secure_login
