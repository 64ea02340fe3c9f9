SELECT id, at, action, actor_kind, actor_id FROM notices
WHERE member_id = $1 AND id > $2 AND id < $3 AND acknowledged_at IS NULL ORDER BY id DESC LIMIT $4
