INSERT INTO member_ends (member_id, epoch, ended_at, reason, actor_kind, actor_id)
SELECT id, epoch - 1, $1, $2, $3, $4 FROM members WHERE id = $5
