SELECT m.id, m.organization_id, m.login, m.display_name, m.role, m.state,
       CASE WHEN m.password_hash IS NULL THEN 0 ELSE 1 END,
       m.secure_login, m.epoch, m.secure_login_since, m.secure_login_required, m.created_at, m.version
FROM (
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
    WHERE dm.department_id = below.id AND dm.member_id < $2 AND dm.member_id >= $3
) found
CROSS JOIN members m
WHERE m.id = found.member_id AND m.organization_id = $4
  AND ($5 = '' OR m.state = $5) AND ($6 < 0 OR m.secure_login = $6) AND ($7 < 0 OR m.role = $7)
ORDER BY m.id DESC LIMIT $8
