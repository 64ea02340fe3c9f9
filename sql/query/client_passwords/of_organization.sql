SELECT * FROM client_password_details
WHERE organization_id = $1 AND id < $2 AND id >= $3
  AND ($4 = '' OR $4 = CASE WHEN is_ended = 1 OR ends_at <= $5 THEN end_state
                            WHEN overlap_until IS NULL THEN 'active' ELSE 'superseded' END)
  AND ($6 = '' OR label IN ($6, $7)) AND ($8 = 0 OR (protocols & $8) <> 0) AND created_at < $9
  AND ($10 = 0 OR used_at < $11)
  AND ($12 < 0 OR ($12 = 1 AND used_at IS NULL) OR ($12 = 0 AND used_at IS NOT NULL))
ORDER BY id DESC LIMIT $13
