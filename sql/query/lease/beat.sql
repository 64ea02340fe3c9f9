UPDATE lease SET beat = beat + 1 WHERE id = 1 AND term = $1 AND held = 1
