UPDATE client_passwords
SET label = $1, protocols = $2, networks = $3, expires_at = $4, watch_at = 0, version = version + 1
WHERE id = $5 AND version = $6 AND ended_at IS NULL
  AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = client_passwords.id)
