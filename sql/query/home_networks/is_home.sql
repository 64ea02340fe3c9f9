SELECT 1 FROM members m
JOIN home_networks h ON h.member_id = m.id
WHERE m.login = $1 AND m.state <> 'left' AND h.network = $2
