DELETE FROM client_passwords
WHERE ended_at <= $1
   OR id IN (SELECT p.id FROM member_ends e
             JOIN client_passwords p ON p.member_id = e.member_id AND p.member_epoch = e.epoch
             WHERE e.ended_at <= $1)
   OR id IN (SELECT p.id FROM organization_ends e
             JOIN client_passwords p ON p.organization_id = e.organization_id AND p.organization_epoch = e.epoch
             WHERE e.ended_at <= $1)
   OR expires_at <= $1 OR overlap_until <= $1
