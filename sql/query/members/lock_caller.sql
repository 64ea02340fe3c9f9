UPDATE members SET lock_version = lock_version + 1 WHERE id = $1 AND state = 'active' AND role = $2
