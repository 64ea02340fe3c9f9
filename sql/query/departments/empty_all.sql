DELETE FROM department_members
WHERE department_id IN (SELECT d.id FROM departments d WHERE d.organization_id = $1)
