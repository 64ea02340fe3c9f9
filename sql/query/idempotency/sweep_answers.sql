UPDATE idempotency_keys SET answer = NULL, closed = 1 WHERE created_at <= $1 AND answer IS NOT NULL
