DELETE FROM log_ins
WHERE member_id > $1 AND member_id <= $2
  AND last_at <= $3 - 86400000000 * coalesce(
      (SELECT coalesce(p.history_days, $4) FROM members m
       LEFT JOIN policies p ON p.organization_id = m.organization_id
       WHERE m.id = log_ins.member_id AND m.state <> 'left'), 0)
