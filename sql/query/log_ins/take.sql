DELETE FROM log_ins WHERE member_id = $1 AND id = $2 AND count = $3
