DELETE FROM revocation_networks WHERE revocation_id = $1
