SELECT ended_at FROM outbox WHERE target = $1 ORDER BY ended_at LIMIT 1
