SELECT 1 FROM members WHERE id = $1 AND state = 'active' AND secure_login = 1
