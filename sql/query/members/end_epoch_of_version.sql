UPDATE members SET epoch = epoch + 1, version = version + 1, lock_version = lock_version + 1
WHERE id = $1 AND ($2 < 0 OR version = $2) AND state <> 'left' AND secure_login = 0
