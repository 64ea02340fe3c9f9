DELETE FROM client_passwords
WHERE id IN (SELECT p.id FROM organization_ends e
             JOIN client_passwords p ON p.organization_id = e.organization_id AND p.organization_epoch = e.epoch
             WHERE e.ended_at <= $1)
