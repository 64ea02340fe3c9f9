INSERT INTO protocol_uses (client_password_id, protocol, at) VALUES ($1, $2, $3)
ON CONFLICT (client_password_id, protocol) DO UPDATE SET at = excluded.at WHERE protocol_uses.at <= excluded.at
