UPDATE client_passwords SET pending_moves = pending_moves & $1
WHERE id = $2 AND (pending_moves & $3) <> 0
