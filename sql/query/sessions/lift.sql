UPDATE sessions
SET authenticated_at = $1, proof = coalesce(proof, $2), factor_id = coalesce(factor_id, $3),
    factor_confirmed_at = coalesce(factor_confirmed_at, $1)
WHERE id = $4
