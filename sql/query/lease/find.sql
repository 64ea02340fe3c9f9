SELECT term, beat, held FROM lease WHERE id = 1
