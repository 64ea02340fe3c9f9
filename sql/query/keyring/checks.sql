SELECT key_id, check_value FROM keyring_checks ORDER BY key_id
