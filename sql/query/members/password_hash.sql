SELECT password_hash FROM members WHERE id = $1
