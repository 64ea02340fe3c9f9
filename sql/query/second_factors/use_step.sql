UPDATE second_factors SET last_step = $1, last_used_at = $2
WHERE id = $3 AND confirmed_at IS NOT NULL AND last_step < $1
