SELECT 1 WHERE EXISTS (SELECT 1 FROM service_keys WHERE organization_id IS NULL AND role = 'operator' AND pepper_id <> $1)
  OR NOT EXISTS (SELECT 1 FROM service_keys WHERE organization_id IS NULL AND role = 'operator' AND pepper_id = $1)
