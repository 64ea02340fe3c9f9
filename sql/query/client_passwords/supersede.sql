UPDATE client_passwords
SET overlap_until = $1, ended_at = $2, ended_reason = $3, replaced_by = $4, version = version + 1
WHERE id = $5 AND ended_at IS NULL AND overlap_until IS NULL AND ends_at > $6
  AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = client_passwords.id)
