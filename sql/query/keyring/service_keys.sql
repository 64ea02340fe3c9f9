SELECT id, role, organization_id, label, created_at, last_used_at, leak_reported_at FROM service_keys WHERE pepper_id = $1
