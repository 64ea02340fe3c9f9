UPDATE members SET lock_version = lock_version + 1
WHERE id IN (SELECT p.member_id FROM revocation_targets t
             JOIN client_passwords p ON p.id = t.client_password_id
             WHERE t.revocation_id = $1)
