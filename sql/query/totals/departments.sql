SELECT dm.member_id, dm.department_id FROM members m
JOIN department_members dm ON dm.member_id = m.id
WHERE m.organization_id = $1 AND m.id > $2 AND m.id <= $3
ORDER BY m.id
