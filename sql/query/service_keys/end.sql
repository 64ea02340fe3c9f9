DELETE FROM service_keys WHERE id = $1
