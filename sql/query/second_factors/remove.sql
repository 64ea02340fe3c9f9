DELETE FROM second_factors WHERE id = $1 AND member_id = $2
