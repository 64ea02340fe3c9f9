UPDATE members SET epoch = epoch + 1, version = version + 1, lock_version = lock_version + 1
WHERE id IN (SELECT t.member_id FROM revocation_targets t
             WHERE t.revocation_id = $1 AND t.member_id > $2 AND t.member_id <= $3)
  AND EXISTS (SELECT 1 FROM member_ends e
              WHERE e.member_id = members.id AND e.epoch = members.epoch AND e.revocation_id = $4)
