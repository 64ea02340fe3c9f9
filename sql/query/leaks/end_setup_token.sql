DELETE FROM setup_tokens WHERE verifier IN ($1, $2)
