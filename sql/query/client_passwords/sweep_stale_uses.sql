DELETE FROM stale_uses WHERE client_password_id = $1
