INSERT INTO members (id, organization_id, login, domain, display_name, role, state, password_hash, created_at)
SELECT $1, d.organization_id, $2, d.name, $3, $4, 'active', $5, $6 FROM domains d
WHERE d.organization_id = $7 AND d.name = $8
  AND NOT EXISTS (SELECT 1 FROM members WHERE login = $2 AND state <> 'left')
