SELECT p.id, e.member_id FROM member_ends e CROSS JOIN client_passwords p
WHERE e.ended_at < $1
  AND e.ended_at <= $1 - 86400000000 * coalesce(
      (SELECT o.tombstone_days FROM policies o WHERE o.organization_id = p.organization_id), $2)
  AND e.member_id >= $3 AND p.member_id = e.member_id AND p.member_epoch = e.epoch
ORDER BY e.member_id, e.epoch LIMIT $4
