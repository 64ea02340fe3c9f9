SELECT member_id FROM log_ins
WHERE member_id > $1 AND member_id <= $2
GROUP BY member_id HAVING count(*) > $3
