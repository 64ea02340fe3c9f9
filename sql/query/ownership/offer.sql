INSERT INTO ownership_offers (organization_id, member_id, created_at, expires_at)
SELECT m.organization_id, m.id, $1, $2 FROM members m
WHERE m.id = $3 AND m.organization_id = $4 AND m.state = 'active' AND m.role < $5
ON CONFLICT (organization_id) DO UPDATE
SET member_id = excluded.member_id, created_at = excluded.created_at, expires_at = excluded.expires_at
