DELETE FROM used_steps
WHERE factor_id = $1 AND nth <= (SELECT max(nth) FROM used_steps WHERE factor_id = $1) - $2
