DELETE FROM department_admins WHERE member_id = $1
