SELECT 1 FROM members WHERE id = $1
