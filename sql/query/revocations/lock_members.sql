UPDATE members SET lock_version = lock_version + 1
WHERE id IN (SELECT t.member_id FROM revocation_targets t
             WHERE t.revocation_id = $1 AND t.member_id > $2 AND t.member_id <= $3)
