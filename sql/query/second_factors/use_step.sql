INSERT INTO used_steps (factor_id, nth, step)
SELECT $1, (SELECT coalesce(max(nth), 0) + 1 FROM used_steps WHERE factor_id = $1), $2
WHERE NOT EXISTS (SELECT 1 FROM used_steps WHERE factor_id = $1 AND step >= $2 AND step <= $3)
