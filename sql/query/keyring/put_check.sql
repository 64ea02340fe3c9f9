INSERT INTO keyring_checks (key_id, check_value) VALUES ($1, $2) ON CONFLICT (key_id) DO NOTHING
