UPDATE members
SET secure_login_since = CASE secure_login WHEN 1 THEN $1 ELSE secure_login_since END,
    secure_login_required = CASE secure_login WHEN 1 THEN $2 ELSE secure_login_required END,
    secure_login = 0, epoch = epoch + 1, version = version + 1, lock_version = lock_version + 1
WHERE id = $3 AND state <> 'left'
