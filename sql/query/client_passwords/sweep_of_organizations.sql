DELETE FROM client_passwords
WHERE id IN (SELECT p.id FROM organization_ends e CROSS JOIN client_passwords p
             WHERE p.organization_id = e.organization_id AND p.organization_epoch = e.epoch AND e.ended_at < $1
               AND e.ended_at <= $1 - 86400000000 * coalesce(
                   (SELECT o.tombstone_days FROM policies o WHERE o.organization_id = e.organization_id), $2))
