SELECT 1 FROM lease WHERE id = 1 AND term = $1 AND held = 1
