DELETE FROM keyring_checks
WHERE key_id = $1
  AND NOT EXISTS (SELECT 1 FROM service_keys WHERE pepper_id = $1)
  AND NOT EXISTS (
    SELECT 1 FROM client_passwords p JOIN unended_client_passwords u ON u.id = p.id
    WHERE p.pepper_id = $1 AND u.ends_at > $2)
