SELECT 1 FROM second_factors WHERE id = $1 AND member_id = $2 AND confirmed_at IS NOT NULL
