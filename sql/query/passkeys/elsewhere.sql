SELECT rp_id FROM passkeys WHERE rp_id <> $1 ORDER BY factor_id LIMIT 1
