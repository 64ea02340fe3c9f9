UPDATE passkeys SET sign_count = $1
WHERE factor_id = $2 AND (sign_count < $1 OR sign_count = 0 AND $1 = 0)
