UPDATE client_passwords SET ended_at = $1, ended_reason = $2, version = version + 1
WHERE id = $3 AND ended_at IS NULL AND ends_at > $1
  AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = client_passwords.id)
  AND NOT EXISTS (SELECT 1 FROM uses s WHERE s.client_password_id = $3 AND s.at > $4)
