SELECT count(*) FROM service_keys WHERE organization_id IS NULL AND role = 'operator'
