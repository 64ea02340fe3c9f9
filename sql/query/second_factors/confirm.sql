UPDATE second_factors SET confirmed_at = $1, last_step = $2, last_used_at = $1
WHERE id = $3 AND member_id = $4 AND confirmed_at IS NULL
