SELECT id FROM client_passwords
WHERE organization_id = $1 AND id > $2 AND ended_at IS NULL AND ends_at > $3
  AND (expires_at IS NULL OR expires_at > created_at + $4)
  AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = client_passwords.id)
ORDER BY id LIMIT $5
