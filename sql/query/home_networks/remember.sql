INSERT INTO home_networks (member_id, network, at) VALUES ($1, $2, $3)
ON CONFLICT (member_id, network) DO UPDATE SET at = excluded.at WHERE home_networks.at <= excluded.at
