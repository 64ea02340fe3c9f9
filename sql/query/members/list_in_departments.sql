SELECT id, organization_id, login, display_name, role, state,
       CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END,
       secure_login, epoch, secure_login_since, secure_login_required, created_at, version
FROM members
WHERE organization_id = $1 AND id < $2 AND id >= $3
  AND ($4 = '' OR state = $4) AND ($5 < 0 OR secure_login = $5) AND ($6 < 0 OR role = $6)
  AND 0 < (
    SELECT count(*) FROM department_members dm
    WHERE dm.member_id = members.id
      AND dm.department_id IN (
        WITH RECURSIVE down (id) AS (
          SELECT d.id FROM departments d WHERE d.id = $7
          UNION
          SELECT a.department_id FROM department_admins a WHERE a.member_id = $7
          UNION
          SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
        SELECT down.id FROM down))
ORDER BY id DESC LIMIT $8
