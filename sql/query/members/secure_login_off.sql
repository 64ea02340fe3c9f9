UPDATE members
SET secure_login = 0, secure_login_since = $1, secure_login_required = 0, epoch = epoch + 1,
    version = version + 1, lock_version = lock_version + 1
WHERE id = $2 AND ($3 < 0 OR version = $3) AND state <> 'left' AND secure_login = 1
