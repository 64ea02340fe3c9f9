INSERT INTO sessions (verifier, id, member_id, created_at, authenticated_at, last_seen_at, expires_at, proof, factor_id,
    factor_confirmed_at, ip, user_agent)
VALUES ($1, $2, $3, $4, $4, $4, $5, $6, $7, $8, $9, $10)
