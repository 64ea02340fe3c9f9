UPDATE organizations SET owner_id = $1, version = version + 1, lock_version = lock_version + 1
WHERE id = $2 AND state = 'active' AND owner_id IS NOT DISTINCT FROM $3
