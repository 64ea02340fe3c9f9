INSERT INTO recovery_codes (verifier, member_id) VALUES ($1, $2)
