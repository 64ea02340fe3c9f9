INSERT INTO revocation_networks (revocation_id, networks) VALUES ($1, $2)
