UPDATE members
SET secure_login = 1, secure_login_since = $1, secure_login_required = 0, version = version + 1,
    lock_version = lock_version + 1
WHERE id = $2 AND version = $3 AND state = 'active' AND secure_login = 0
