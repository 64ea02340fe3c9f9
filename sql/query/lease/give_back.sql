UPDATE lease SET held = 0 WHERE id = 1 AND term = $1
