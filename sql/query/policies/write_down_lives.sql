UPDATE client_passwords SET expires_at = created_at + $1, watch_at = 0, version = version + 1
WHERE organization_id = $2 AND id > $3 AND id <= $4 AND ended_at IS NULL AND ends_at > $5
  AND (expires_at IS NULL OR expires_at > created_at + $1)
  AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = client_passwords.id)
