INSERT INTO revocation_departments (revocation_id, department_id) VALUES ($1, $2)
