UPDATE outbox SET due_at = $1, attempts = 0, told_member = $2, told_client_password = $3
WHERE target = $4 AND id = $5 AND due_at = $6
