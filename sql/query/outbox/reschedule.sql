UPDATE outbox SET due_at = $1, attempts = attempts + $2 WHERE target = $3 AND id = $4 AND due_at = $5
