DELETE FROM sessions WHERE created_at <= $1
