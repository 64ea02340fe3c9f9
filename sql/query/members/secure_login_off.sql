UPDATE members
SET secure_login = 0, secure_login_since = $1, secure_login_required = $2, epoch = epoch + 1,
    version = version + 1, lock_version = lock_version + 1
WHERE id = $3 AND ($4 < 0 OR version = $4) AND state <> 'left' AND secure_login = 1
