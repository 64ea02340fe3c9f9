SELECT * FROM client_password_details
WHERE member_id = $1 AND id < $2 AND id >= $3 AND coalesce(organization_id, member_id) = $4
  AND ($5 = '' OR $5 = CASE WHEN is_ended = 1 OR ends_at <= $6 THEN end_state
                            WHEN overlap_until IS NULL THEN 'active' ELSE 'superseded' END)
  AND ($7 = '' OR label IN ($7, $8)) AND ($9 = 0 OR (protocols & $9) <> 0) AND created_at < $10
  AND ($11 = 0 OR used_at < $12)
  AND ($13 < 0 OR ($13 = 1 AND used_at IS NULL) OR ($13 = 0 AND used_at IS NOT NULL))
ORDER BY id DESC LIMIT $14
