SELECT 1 FROM unended_client_passwords
WHERE id = $1 AND ends_at > $2
