SELECT expires_at FROM setup_tokens WHERE verifier IN ($1, $2) AND expires_at > $3
