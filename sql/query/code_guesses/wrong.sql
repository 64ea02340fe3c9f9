SELECT wrong FROM code_guesses WHERE member_id = $1
