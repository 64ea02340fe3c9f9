INSERT INTO last_uses (client_password_id, at, protocol, ip, client) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_password_id) DO UPDATE
SET at = excluded.at, protocol = excluded.protocol, ip = excluded.ip, client = excluded.client
WHERE last_uses.at <= excluded.at
