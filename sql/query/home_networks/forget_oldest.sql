DELETE FROM home_networks
WHERE member_id = $1 AND (SELECT count(*) FROM home_networks WHERE member_id = $1) > $2
  AND at = (SELECT min(at) FROM home_networks WHERE member_id = $1)
