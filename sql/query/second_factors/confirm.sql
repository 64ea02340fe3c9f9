UPDATE second_factors SET confirmed_at = $1, last_used_at = $1
WHERE id = $2 AND member_id = $3 AND confirmed_at IS NULL RETURNING confirmed_at
