INSERT INTO service_keys (verifier, pepper_id, id, role, organization_id, label, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
