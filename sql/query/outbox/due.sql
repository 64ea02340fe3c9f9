SELECT id, organization_id, member_id, client_password_id, everything, reason, ended_at, due_at, attempts,
       told_member, told_client_password, warns_of, days
FROM outbox WHERE target = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 1
