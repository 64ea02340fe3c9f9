SELECT id, label, created_at, confirmed_at, last_used_at, sealed_seed
FROM second_factors WHERE member_id = $1 ORDER BY id DESC
