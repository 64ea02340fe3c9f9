SELECT department_id, 0 FROM department_members WHERE member_id = $1
UNION ALL
SELECT department_id, 1 FROM department_admins WHERE member_id = $1
