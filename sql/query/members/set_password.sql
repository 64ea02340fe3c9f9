UPDATE members
SET password_hash = $1, epoch = epoch + $2, version = version + 1, lock_version = lock_version + 1
WHERE id = $3 AND version = $4 AND state <> 'left'
