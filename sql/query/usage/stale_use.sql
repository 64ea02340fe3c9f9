INSERT INTO stale_uses (client_password_id, at, protocol, ip, count) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_password_id) DO UPDATE
SET at = excluded.at, protocol = excluded.protocol, ip = excluded.ip, count = stale_uses.count + excluded.count
