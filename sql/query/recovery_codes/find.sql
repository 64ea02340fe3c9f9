SELECT verifier, created_at FROM recovery_codes WHERE verifier IN ($1, $2) AND member_id = $3
