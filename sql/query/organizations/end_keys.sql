DELETE FROM service_keys WHERE organization_id = $1
