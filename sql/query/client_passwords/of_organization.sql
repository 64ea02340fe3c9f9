SELECT * FROM client_password_details
WHERE organization_id = $1 AND id < $2 AND id >= $3
  AND ($4 = '' OR $4 = CASE WHEN is_ended = 1 OR ends_at <= $5 THEN end_state
                            WHEN overlap_until IS NULL THEN 'active' ELSE 'superseded' END)
  AND ($6 = '' OR label IN ($6, $7)) AND ($8 = 0 OR (protocols & $8) <> 0) AND created_at < $9
  AND ($10 = 0 OR used_at < $11)
  AND ($12 < 0 OR ($12 = 1 AND used_at IS NULL) OR ($12 = 0 AND used_at IS NOT NULL))
  AND ($13 = 0 OR networks <> '')
  AND ($14 < 0 OR $14 = (SELECT m.secure_login FROM members m WHERE m.id = client_password_details.member_id))
  AND ($15 = '' OR (is_ended = 1 OR ends_at <= $5) AND $15 = CASE
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
  AND ($16 = 0 OR 0 < (
    SELECT count(*) FROM department_members dm
    WHERE dm.member_id = client_password_details.member_id
      AND dm.department_id IN (
        WITH RECURSIVE down (id) AS (
          SELECT d.id FROM departments d
          WHERE d.id IN ($17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
          UNION
          SELECT d.id FROM down JOIN departments d ON d.parent_id = down.id)
        SELECT down.id FROM down)))
ORDER BY id DESC LIMIT $27
