UPDATE client_passwords SET verifier = $1, pepper_id = $2 WHERE id = $3 AND pepper_id = $4
