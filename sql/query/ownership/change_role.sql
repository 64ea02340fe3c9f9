UPDATE members SET role = $1, version = version + 1, lock_version = lock_version + 1
WHERE id = $2 AND organization_id = $3 AND role = $4 AND state <> 'left'
