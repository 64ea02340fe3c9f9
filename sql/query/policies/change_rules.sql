UPDATE organizations SET rules_version = rules_version + 1, lock_version = lock_version + 1
WHERE id = $1 AND state = 'active'
