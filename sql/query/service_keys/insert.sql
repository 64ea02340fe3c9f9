INSERT INTO service_keys (verifier, id, role, organization_id, label, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
