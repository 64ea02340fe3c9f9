SELECT id FROM audit_events WHERE member_id = $1 AND id < $2 ORDER BY id DESC LIMIT 1 OFFSET $3
