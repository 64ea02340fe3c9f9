INSERT INTO log_ins (member_id, id, kind, client_password_id, level, protocol, network, client, first_at, last_at, count)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (member_id, id) DO UPDATE
SET first_at = CASE WHEN excluded.first_at < log_ins.first_at THEN excluded.first_at ELSE log_ins.first_at END,
    last_at = CASE WHEN excluded.last_at > log_ins.last_at THEN excluded.last_at ELSE log_ins.last_at END,
    count = log_ins.count + excluded.count
RETURNING member_id, count
