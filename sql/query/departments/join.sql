INSERT INTO department_members (member_id, department_id)
SELECT m.id, $1 FROM members m
WHERE m.id = $2 AND NOT EXISTS (SELECT 1 FROM department_members d WHERE d.member_id = $2 AND d.department_id = $1)
RETURNING 1
