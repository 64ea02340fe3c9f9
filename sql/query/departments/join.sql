INSERT INTO department_members (member_id, department_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1
