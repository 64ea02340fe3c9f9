INSERT INTO recovery_codes (verifier, member_id, created_at) VALUES ($1, $2, $3)
