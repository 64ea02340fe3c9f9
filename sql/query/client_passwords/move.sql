UPDATE client_passwords SET moved = moved | $1, version = version + 1
WHERE id = $2 AND ended_at IS NULL
  AND EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.id = client_passwords.id)
