UPDATE lease SET term = term + 1, beat = 0, held = 1 WHERE id = 1 AND term = $1 AND beat = $2
