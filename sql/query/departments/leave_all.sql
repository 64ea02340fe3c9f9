DELETE FROM department_members WHERE member_id = $1
