INSERT INTO acknowledged_notices (notice_id, acknowledged_at)
SELECT n.id, $1 FROM notices n JOIN sessions s ON s.member_id = n.member_id
WHERE n.id = $2 AND n.member_id = $3 AND s.id = $4 AND s.factor_confirmed_at < n.at AND n.acknowledged_at IS NULL
ON CONFLICT DO NOTHING
