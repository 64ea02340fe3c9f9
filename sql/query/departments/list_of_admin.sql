SELECT id, organization_id, parent_id, name, created_at, version
FROM departments
WHERE organization_id = $1 AND id < $2
  AND id IN (WITH RECURSIVE down (id) AS (
               SELECT a.department_id FROM department_admins a WHERE a.member_id = $3
               UNION
               SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
             SELECT down.id FROM down)
ORDER BY id DESC LIMIT $4
