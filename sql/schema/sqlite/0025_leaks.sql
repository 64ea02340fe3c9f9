-- The key of a mail server that was found somewhere goes on until somebody has replaced it: whoever lists keys sees that.
ALTER TABLE service_keys ADD COLUMN leak_reported_at INTEGER;

-- Whose client password or session ended because it was found somewhere is told, unless it was the member who reported it.
DROP VIEW notices;
CREATE VIEW notices AS
SELECT e.id, e.member_id, e.at, e.action, e.actor_kind, e.actor_id, a.acknowledged_at
FROM audit_events e LEFT JOIN acknowledged_notices a ON a.notice_id = e.id
WHERE (e.action IN ('account_password.changed', 'second_factor.removed', 'second_factors.removed', 'secure_login.off',
                    'data.restored', 'client_password.leaked', 'session.leaked')
       OR e.action = 'invitation.created' AND e.details LIKE '%"sign_in":"local"%')
  AND (e.actor_id IS NULL OR e.actor_id <> e.member_id);
