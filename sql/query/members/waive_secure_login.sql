UPDATE members SET secure_login_required = 0, version = version + 1, lock_version = lock_version + 1
WHERE id = $1 AND version = $2 AND state <> 'left' AND secure_login_required = 1
