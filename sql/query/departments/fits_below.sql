SELECT 1
WHERE NOT EXISTS (
        WITH RECURSIVE up (id, parent_id) AS (
          SELECT d.id, d.parent_id FROM departments d WHERE d.id = $1
          UNION
          SELECT d.id, d.parent_id FROM up JOIN departments d ON d.id = up.parent_id)
        SELECT 1 FROM up WHERE up.id = $2)
  AND (WITH RECURSIVE up (id, parent_id) AS (
         SELECT d.id, d.parent_id FROM departments d WHERE d.id = $1
         UNION
         SELECT d.id, d.parent_id FROM up JOIN departments d ON d.id = up.parent_id)
       SELECT count(*) FROM up)
    + (WITH RECURSIVE down (id, level) AS (
         SELECT d.id, 1 FROM departments d WHERE d.id = $2
         UNION
         SELECT d.id, down.level + 1 FROM down JOIN departments d ON d.parent_id = down.id)
       SELECT max(down.level) FROM down) <= $3
