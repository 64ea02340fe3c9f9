DELETE FROM departments
WHERE id = $1
  AND NOT EXISTS (SELECT 1 FROM departments d WHERE d.parent_id = $1)
  AND NOT EXISTS (SELECT 1 FROM department_members m WHERE m.department_id = $1)
  AND NOT EXISTS (SELECT 1 FROM department_admins a WHERE a.department_id = $1)
  AND NOT EXISTS (SELECT 1 FROM policy_departments p WHERE p.department_id = $1)
