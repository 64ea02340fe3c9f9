DELETE FROM known_places WHERE at <= $1
