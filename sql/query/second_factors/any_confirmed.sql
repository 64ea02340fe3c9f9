SELECT 1 WHERE EXISTS (SELECT 1 FROM second_factors WHERE member_id = $1 AND confirmed_at IS NOT NULL)
