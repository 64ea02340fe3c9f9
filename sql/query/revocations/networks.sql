SELECT DISTINCT p.networks
FROM members m
CROSS JOIN client_passwords p
WHERE m.organization_id = $1 AND m.id > $2 AND m.id <= $3 AND p.member_id = m.id AND p.networks <> ''
