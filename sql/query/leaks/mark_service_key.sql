UPDATE service_keys SET leak_reported_at = $1 WHERE id = $2 AND leak_reported_at IS NULL
