INSERT INTO idempotency_keys (verifier, id, body, member_id, made, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (verifier) DO UPDATE SET id = excluded.id, body = excluded.body, member_id = excluded.member_id,
    made = excluded.made, created_at = excluded.created_at, answer = NULL, closed = 0
WHERE idempotency_keys.created_at <= $7
