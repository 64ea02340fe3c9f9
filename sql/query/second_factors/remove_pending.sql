DELETE FROM second_factors WHERE member_id = $1 AND confirmed_at IS NULL
