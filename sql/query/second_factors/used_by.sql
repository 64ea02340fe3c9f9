UPDATE second_factors SET last_used_at = $1 WHERE id = $2 AND member_id = $3 AND confirmed_at IS NOT NULL
