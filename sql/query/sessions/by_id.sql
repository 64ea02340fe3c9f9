SELECT s.id, s.created_at, s.authenticated_at, s.last_seen_at, s.expires_at, m.id, m.organization_id, m.role
FROM sessions s
JOIN members m ON m.id = s.member_id
JOIN organizations o ON o.id = m.organization_id
WHERE s.id = $1 AND m.state = 'active' AND o.state = 'active'
