SELECT id, role, organization_id, pepper_id FROM service_keys WHERE verifier = $1
