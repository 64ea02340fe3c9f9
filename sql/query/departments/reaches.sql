SELECT 1
WHERE EXISTS (
  WITH RECURSIVE up (id, parent_id) AS (
    SELECT d.id, d.parent_id FROM department_members m JOIN departments d ON d.id = m.department_id
    WHERE m.member_id = $1
    UNION
    SELECT d.id, d.parent_id FROM up JOIN departments d ON d.id = up.parent_id)
  SELECT 1 FROM department_admins a WHERE a.member_id = $2 AND a.department_id IN (SELECT up.id FROM up))
