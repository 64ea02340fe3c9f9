SELECT p.id, e.organization_id FROM organization_ends e CROSS JOIN client_passwords p
WHERE e.ended_at < $1
  AND e.ended_at <= $1 - 86400000000 * coalesce(
      (SELECT o.tombstone_days FROM policies o WHERE o.organization_id = e.organization_id), $2)
  AND e.organization_id >= $3 AND p.organization_id = e.organization_id AND p.organization_epoch = e.epoch
ORDER BY e.organization_id, e.epoch LIMIT $4
