SELECT count(*) FROM (
  WITH RECURSIVE down (id) AS (
    SELECT d.id FROM departments d WHERE d.id = $1
    UNION
    SELECT a.department_id FROM department_admins a WHERE a.member_id = $1
    UNION
    SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
  SELECT down.id FROM down) below
