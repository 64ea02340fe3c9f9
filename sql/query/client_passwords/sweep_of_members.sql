DELETE FROM client_passwords
WHERE id IN (SELECT p.id FROM member_ends e
             JOIN client_passwords p ON p.member_id = e.member_id AND p.member_epoch = e.epoch
             WHERE e.ended_at <= $1)
