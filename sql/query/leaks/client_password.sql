SELECT p.id, p.member_id, p.organization_id
FROM client_passwords p
JOIN members m ON m.id = p.member_id
JOIN organizations o ON o.id = p.organization_id
WHERE p.verifier IN ($1, $2) AND p.ended_at IS NULL AND p.ends_at > $3
  AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch
