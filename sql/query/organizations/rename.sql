UPDATE organizations SET name = $1, version = version + 1, lock_version = lock_version + 1
WHERE id = $2 AND state = 'active' AND version = $3
