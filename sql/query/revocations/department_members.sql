SELECT count(*) FROM (
  SELECT dm.member_id FROM department_members dm
  WHERE dm.department_id IN (
    WITH RECURSIVE down (id) AS (
      SELECT d.id FROM departments d
      WHERE d.id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
      UNION
      SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
    SELECT down.id FROM down)
  LIMIT $11) first
