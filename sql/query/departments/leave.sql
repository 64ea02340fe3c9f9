DELETE FROM department_members WHERE member_id = $1 AND department_id = $2 RETURNING 1
