SELECT 1 FROM service_keys WHERE id = $1 AND role = $2
