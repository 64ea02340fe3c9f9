SELECT 1 FROM answered_challenges WHERE id = $1 AND expires_at > $2
