SELECT 1 WHERE EXISTS (
    SELECT 1 FROM client_passwords p
    WHERE p.watch_at <= $1 AND p.watch_at < 9223372036854775807 AND p.ended_at IS NULL)
