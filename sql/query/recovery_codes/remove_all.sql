DELETE FROM recovery_codes WHERE member_id = $1
