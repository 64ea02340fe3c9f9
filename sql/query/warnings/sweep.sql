DELETE FROM warnings WHERE ends_at <= $1
