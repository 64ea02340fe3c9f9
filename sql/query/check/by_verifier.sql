SELECT p.id, p.label, p.member_epoch, p.organization_epoch, p.created_at, p.ended_at, p.ended_reason,
       p.expires_at, p.overlap_until, p.moved, p.pending_moves, p.protocols, p.networks, p.replaces, p.pepper_id,
       m.id, m.organization_id, m.login, m.state, m.secure_login, m.secure_login_required, m.epoch,
       CASE WHEN m.password_hash IS NULL THEN 0 ELSE 1 END, o.state, o.epoch, o.rules_version, d.department_id
FROM client_passwords p
JOIN members m ON m.id = p.member_id
JOIN organizations o ON o.id = m.organization_id
LEFT JOIN department_members d ON d.member_id = CASE WHEN o.rules_version > 0 THEN m.id END
WHERE p.verifier = $1
