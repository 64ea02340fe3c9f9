SELECT m.id, d.department_id
FROM members m JOIN department_members d ON d.member_id = m.id
WHERE m.organization_id = $1 AND m.id > $2 AND m.id <= $3
