DELETE FROM second_factors WHERE member_id = $1
