INSERT INTO second_factors (id, member_id, label, sealed_seed, created_at)
SELECT $1, $2, $3, $4, $5
WHERE (SELECT count(*) FROM second_factors WHERE member_id = $2) < $6
