UPDATE clock_mark SET high_water = high_water WHERE id = 1
