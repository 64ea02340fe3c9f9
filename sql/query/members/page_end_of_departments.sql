SELECT found.member_id FROM (
    SELECT DISTINCT dm.member_id
    FROM (
        WITH RECURSIVE down (id) AS (
          SELECT d.id FROM departments d WHERE d.id = $1
          UNION
          SELECT a.department_id FROM department_admins a WHERE a.member_id = $1
          UNION
          SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
        SELECT down.id FROM down) below
    CROSS JOIN department_members dm
    WHERE dm.department_id = below.id AND dm.member_id < $2
      AND dm.member_id >= coalesce((
        SELECT last.member_id FROM department_members last
        WHERE last.department_id = below.id AND last.member_id < $2
        ORDER BY last.member_id DESC LIMIT 1 OFFSET $3), $4)
) found
ORDER BY found.member_id DESC LIMIT 1 OFFSET $5
