UPDATE members
SET state = 'left', password_hash = NULL, secure_login = 0, secure_login_required = 0, epoch = epoch + 1,
    version = version + 1, lock_version = lock_version + 1
WHERE id = $1 AND state <> 'left'
