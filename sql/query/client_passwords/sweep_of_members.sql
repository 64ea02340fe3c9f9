DELETE FROM client_passwords
WHERE id IN (SELECT p.id FROM member_ends e CROSS JOIN client_passwords p
             WHERE p.member_id = e.member_id AND p.member_epoch = e.epoch AND e.ended_at <= $1)
