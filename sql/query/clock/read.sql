SELECT high_water FROM clock_mark WHERE id = 1
