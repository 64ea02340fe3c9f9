SELECT at, action, actor_kind, actor_id FROM audit_events
WHERE member_id = $1 AND at > $2 AND action IN ('account_password.changed', 'second_factor.removed', 'second_factors.removed', 'secure_login.off')
  AND (actor_id IS NULL OR actor_id <> $1)
ORDER BY id LIMIT 20
