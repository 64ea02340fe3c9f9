UPDATE outbox SET due_at = $1 WHERE target = $2 AND due_at > $1
