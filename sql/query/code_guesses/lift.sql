DELETE FROM code_guesses WHERE member_id = $1 AND wrong >= $2
