DELETE FROM answered_challenges WHERE expires_at <= $1
