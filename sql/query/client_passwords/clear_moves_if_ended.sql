UPDATE client_passwords SET pending_moves = 0
WHERE id = $1
  AND NOT EXISTS (SELECT 1 FROM client_passwords old WHERE old.id = $2 AND old.ended_at IS NULL)
