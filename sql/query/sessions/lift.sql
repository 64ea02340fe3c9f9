UPDATE sessions SET authenticated_at = $1 WHERE id = $2
