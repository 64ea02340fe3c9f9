INSERT INTO passkeys (factor_id, credential_id, rp_id, algorithm, public_key, sign_count)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (credential_id) DO NOTHING
