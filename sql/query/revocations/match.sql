INSERT INTO revocation_targets (revocation_id, member_id, client_password_id, lineage)
SELECT $1, m.id, p.id, p.lineage
FROM organizations o
CROSS JOIN members m
CROSS JOIN client_passwords p
WHERE o.id = $2 AND m.organization_id = o.id AND m.id > $3 AND m.id <= $4 AND (m.role < $5 OR m.id = $6)
  AND p.member_id = m.id
  AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch AND p.id <= $7
  AND (p.ends_at > $8 OR (p.ends_at = $8 AND p.replaced_by > $7))
  AND ($9 = 0 OR m.id IN (SELECT r.member_id FROM revocation_members r WHERE r.revocation_id = $1))
  AND ($10 = 0 OR 0 < (
    SELECT count(*) FROM department_members dm
    WHERE dm.member_id = m.id
      AND dm.department_id IN (
        WITH RECURSIVE down (id) AS (
          SELECT r.department_id FROM revocation_departments r WHERE r.revocation_id = $1
          UNION
          SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
        SELECT down.id FROM down)))
  AND ($11 = '' OR p.label IN ($11, $12)) AND ($13 = 0 OR (p.protocols & $13) <> 0) AND p.created_at < $14
  AND ($15 = 0 OR (SELECT max(u.at) FROM uses u WHERE u.client_password_id = p.id) < $16)
  AND ($17 < 0 OR $17 = CASE WHEN EXISTS (SELECT 1 FROM uses u WHERE u.client_password_id = p.id) THEN 0 ELSE 1 END)
  AND ($18 = 0 OR p.networks IN (SELECT w.networks FROM revocation_networks w WHERE w.revocation_id = $1))
  AND ($19 < 0 OR m.secure_login = $19)
