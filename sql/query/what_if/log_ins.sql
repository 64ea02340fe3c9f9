SELECT l.member_id, l.id, l.kind, l.client_password_id, l.level, l.protocol, l.network, l.client, l.first_at, l.last_at, l.count
FROM members m JOIN log_ins l ON l.member_id = m.id
WHERE m.organization_id = $1 AND m.id > $2 AND m.id <= $3 AND l.last_at > $4
