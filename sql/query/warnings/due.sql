SELECT p.id, p.version, p.watch_at, p.member_id, p.organization_id, p.created_at, p.expires_at,
       CASE WHEN p.overlap_until IS NULL
                 AND p.member_epoch = (SELECT m.epoch FROM members m WHERE m.id = p.member_id)
                 AND p.organization_epoch = (SELECT o.epoch FROM organizations o WHERE o.id = p.organization_id)
            THEN 1 ELSE 0 END,
       (SELECT max(u.at) FROM uses u WHERE u.client_password_id = p.id)
FROM client_passwords p
WHERE p.watch_at <= $1 AND p.watch_at < 9223372036854775807 AND p.ended_at IS NULL
ORDER BY p.watch_at, p.id LIMIT $2
