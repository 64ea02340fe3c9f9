SELECT k.place FROM members m
JOIN known_places k ON k.member_id = m.id
WHERE m.login = $1 AND m.state <> 'left' AND k.purpose = $2 AND k.place IN ($3, $4)
