INSERT INTO policy_departments (department_id, organization_id)
SELECT d.id, d.organization_id FROM departments d WHERE d.id = $1 AND d.organization_id = $2
