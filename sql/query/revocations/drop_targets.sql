DELETE FROM revocation_targets WHERE revocation_id = $1 AND member_id > $2 AND member_id <= $3
