UPDATE idempotency_keys SET answer = NULL, closed = 1 WHERE member_id = $1
