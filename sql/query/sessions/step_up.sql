UPDATE sessions
SET verifier = $1, authenticated_at = $2, last_seen_at = $2,
    proof = CASE WHEN factor_confirmed_at <= $3 THEN proof ELSE coalesce($4, proof) END,
    factor_id = CASE WHEN factor_confirmed_at <= $3 THEN factor_id ELSE coalesce($5, factor_id) END,
    factor_confirmed_at = CASE WHEN factor_confirmed_at <= $3 THEN factor_confirmed_at ELSE coalesce($3, factor_confirmed_at) END
WHERE id = $6 AND member_id = $7 AND expires_at > $2
