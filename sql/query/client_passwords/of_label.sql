SELECT * FROM client_password_details
WHERE organization_id = $1 AND label = $2 AND id < $3 AND id >= $4
  AND ($5 = '' OR $5 = CASE WHEN is_ended = 1 OR ends_at <= $6 THEN end_state
                            WHEN overlap_until IS NULL THEN 'active' ELSE 'superseded' END)
  AND ($7 = '' OR label IN ($7, $8)) AND ($9 = 0 OR (protocols & $9) <> 0) AND created_at < $10
  AND ($11 = 0 OR used_at < $12)
  AND ($13 < 0 OR ($13 = 1 AND used_at IS NULL) OR ($13 = 0 AND used_at IS NOT NULL))
  AND ($14 = 0 OR networks <> '')
  AND ($15 < 0 OR $15 = (SELECT m.secure_login FROM members m WHERE m.id = client_password_details.member_id))
  AND ($16 = '' OR (is_ended = 1 OR ends_at <= $6) AND $16 = CASE
    WHEN ended_at <= coalesce(member_ended_at, 9223372036854775807)
      AND ended_at <= coalesce(organization_ended_at, 9223372036854775807)
      AND ended_at <= coalesce(overlap_until, 9223372036854775807)
      AND ended_at <= coalesce(expires_at, 9223372036854775807) THEN ended_reason
    WHEN member_ended_at <= coalesce(organization_ended_at, 9223372036854775807)
      AND member_ended_at <= coalesce(overlap_until, 9223372036854775807)
      AND member_ended_at <= coalesce(expires_at, 9223372036854775807) THEN member_end_reason
    WHEN organization_ended_at <= coalesce(overlap_until, 9223372036854775807)
      AND organization_ended_at <= coalesce(expires_at, 9223372036854775807) THEN organization_end_reason
    WHEN overlap_until <= coalesce(expires_at, 9223372036854775807) THEN 'rotated'
    ELSE 'expired' END)
  AND ($17 = 0 OR 0 < (
    SELECT count(*) FROM department_members dm
    WHERE dm.member_id = client_password_details.member_id
      AND dm.department_id IN (
        WITH RECURSIVE down (id) AS (
          SELECT d.id FROM departments d
          WHERE d.id IN ($18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
          UNION
          SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
        SELECT down.id FROM down)))
ORDER BY id DESC LIMIT $28
