UPDATE members SET version = version + 1, lock_version = lock_version + 1
WHERE id = $1 AND organization_id = $2 AND role = $3 AND state <> 'left'
