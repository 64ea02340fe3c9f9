UPDATE members SET state = 'active', version = version + 1, lock_version = lock_version + 1
WHERE id = $1 AND version = $2 AND state = 'suspended'
