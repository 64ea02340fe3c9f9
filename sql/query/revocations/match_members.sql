INSERT INTO revocation_targets (revocation_id, member_id, client_password_id, lineage)
SELECT $1, m.id, p.id, p.lineage
FROM revocation_members r
CROSS JOIN members m
CROSS JOIN organizations o
CROSS JOIN client_passwords p
WHERE r.revocation_id = $1 AND m.id = r.member_id AND m.organization_id = $2 AND o.id = m.organization_id
  AND (m.role < $3 OR m.id = $4) AND p.member_id = m.id
  AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch AND p.id <= $5
  AND (p.ends_at > $6 OR (p.ends_at = $6 AND p.replaced_by > $5))
  AND ($7 = 0 OR 0 < (
    SELECT count(*) FROM department_members dm
    WHERE dm.member_id = m.id
      AND dm.department_id IN (
        WITH RECURSIVE down (id) AS (
          SELECT r.department_id FROM revocation_departments r WHERE r.revocation_id = $1
          UNION
          SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
        SELECT down.id FROM down)))
  AND ($8 = '' OR p.label IN ($8, $9)) AND ($10 = 0 OR (p.protocols & $10) <> 0) AND p.created_at < $11
  AND ($12 = 0 OR (SELECT max(u.at) FROM uses u WHERE u.client_password_id = p.id) < $13)
  AND ($14 < 0 OR $14 = CASE WHEN EXISTS (SELECT 1 FROM uses u WHERE u.client_password_id = p.id) THEN 0 ELSE 1 END)
  AND ($15 = 0 OR p.networks IN (SELECT w.networks FROM revocation_networks w WHERE w.revocation_id = $1))
  AND ($16 < 0 OR m.secure_login = $16)
