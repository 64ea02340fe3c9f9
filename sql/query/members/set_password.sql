UPDATE members SET password_hash = $1, version = version + 1, lock_version = lock_version + 1
WHERE id = $2 AND ($3 < 0 OR version = $3) AND state <> 'left'
