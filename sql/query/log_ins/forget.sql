DELETE FROM log_ins WHERE member_id = $1
