SELECT id, role, organization_id, label, created_at, last_used_at, leak_reported_at FROM service_keys
WHERE organization_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
