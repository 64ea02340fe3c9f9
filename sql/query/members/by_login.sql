SELECT id FROM members WHERE login = $1 AND state <> 'left'
