UPDATE client_passwords SET watch_at = $1
WHERE id = $2 AND version = $3 AND watch_at = $4 AND ended_at IS NULL
