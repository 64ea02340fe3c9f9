SELECT member_id FROM log_ins WHERE member_id > $1 ORDER BY member_id LIMIT 1 OFFSET $2
