INSERT INTO uses (client_password_id, protocol, at, ip, client) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (client_password_id, protocol) DO UPDATE SET at = excluded.at, ip = excluded.ip, client = excluded.client
WHERE uses.at <= excluded.at
