UPDATE idempotency_keys SET answer = $1 WHERE verifier = $2 AND id = $3 AND closed = 0
