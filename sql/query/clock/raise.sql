UPDATE clock_mark SET high_water = $1 WHERE id = 1 AND high_water < $1
