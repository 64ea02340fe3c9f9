INSERT INTO code_guesses (member_id, wrong) VALUES ($1, 1)
ON CONFLICT (member_id) DO UPDATE SET wrong = code_guesses.wrong + 1 WHERE code_guesses.wrong < $2
