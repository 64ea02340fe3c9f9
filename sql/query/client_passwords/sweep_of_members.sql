DELETE FROM client_passwords
WHERE id IN (SELECT p.id FROM member_ends e CROSS JOIN client_passwords p
             WHERE p.member_id = e.member_id AND p.member_epoch = e.epoch AND e.ended_at < $1
               AND e.ended_at <= $1 - 86400000000 * coalesce(
                   (SELECT o.tombstone_days FROM policies o WHERE o.organization_id = p.organization_id), $2))
