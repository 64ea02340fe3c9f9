SELECT target, id, organization_id, member_id, reason, ended_at, due_at, attempts FROM outbox
WHERE ended_at <= $1 ORDER BY ended_at, target, id LIMIT $2
