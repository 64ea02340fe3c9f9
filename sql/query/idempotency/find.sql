SELECT id, body, made, created_at, answer, closed FROM idempotency_keys
WHERE verifier IN ($1, $2) AND created_at > $3
