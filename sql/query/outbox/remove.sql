DELETE FROM outbox WHERE target = $1 AND id = $2 AND due_at = $3
