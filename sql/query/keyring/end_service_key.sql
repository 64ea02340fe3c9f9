DELETE FROM service_keys WHERE id = $1 AND pepper_id = $2
