INSERT INTO setup_tokens (verifier, expires_at) VALUES ($1, $2)
