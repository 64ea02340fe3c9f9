SELECT count(*) FROM service_keys WHERE pepper_id = $1
