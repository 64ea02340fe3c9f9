DELETE FROM recovery_codes WHERE verifier = $1 AND member_id = $2
