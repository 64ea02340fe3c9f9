UPDATE client_passwords
SET ended_at = $1, ended_reason = 'bulk_revocation', revocation_id = $2, version = version + 1
WHERE ended_at IS NULL AND ends_at > $1
  AND id IN (SELECT q.id FROM revocation_targets t
             JOIN client_passwords q ON q.lineage = t.lineage AND q.id >= t.client_password_id
             WHERE t.revocation_id = $3 AND t.member_id > $4 AND t.member_id <= $5)
  AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = client_passwords.id)
  AND EXISTS (SELECT 1 FROM members m
              WHERE m.id = client_passwords.member_id AND (m.role < $6 OR m.id = $7))
