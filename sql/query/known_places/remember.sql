INSERT INTO known_places (member_id, purpose, place, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (member_id, purpose, place) DO UPDATE SET at = excluded.at WHERE known_places.at <= excluded.at
