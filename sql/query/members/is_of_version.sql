SELECT 1 FROM members WHERE id = $1 AND version = $2
