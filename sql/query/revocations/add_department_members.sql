INSERT INTO revocation_members (revocation_id, member_id)
SELECT $1, dm.member_id FROM department_members dm
WHERE dm.department_id IN (
  WITH RECURSIVE down (id) AS (
    SELECT r.department_id FROM revocation_departments r WHERE r.revocation_id = $1
    UNION
    SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
  SELECT down.id FROM down)
ON CONFLICT (revocation_id, member_id) DO NOTHING
