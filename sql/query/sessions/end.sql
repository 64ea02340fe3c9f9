DELETE FROM sessions WHERE id = $1 AND member_id = $2
