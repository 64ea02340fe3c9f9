INSERT INTO departments (id, organization_id, parent_id, name, created_at)
SELECT $1, o.id, $2, $3, $4 FROM organizations o
WHERE o.id = $5 AND (SELECT count(*) FROM departments d WHERE d.organization_id = $5) < $6
  AND (WITH RECURSIVE up (id, parent_id) AS (
         SELECT d.id, d.parent_id FROM departments d WHERE d.id = $2
         UNION
         SELECT d.id, d.parent_id FROM up JOIN departments d ON d.id = up.parent_id)
       SELECT count(*) FROM up) < $7
