UPDATE client_passwords SET watch_at = 0
WHERE organization_id = $1 AND id > $2 AND id <= $3 AND ended_at IS NULL
