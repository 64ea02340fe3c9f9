UPDATE client_passwords SET moved = moved | $1, version = version + 1
WHERE id = $2 AND ended_at IS NULL
