UPDATE members SET last_sign_in_at = $1, lock_version = lock_version + 1
WHERE id = $2 AND state = 'active' AND password_hash = $3
