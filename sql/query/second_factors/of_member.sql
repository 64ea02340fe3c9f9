SELECT f.id, CASE WHEN p.factor_id IS NULL THEN 0 ELSE 1 END, f.label, f.created_at, f.confirmed_at, f.last_used_at,
       f.sealed_seed
FROM second_factors f LEFT JOIN passkeys p ON p.factor_id = f.id
WHERE f.member_id = $1 ORDER BY f.id DESC
