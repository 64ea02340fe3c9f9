INSERT INTO department_admins (member_id, department_id) VALUES ($1, $2) ON CONFLICT DO NOTHING
