SELECT s.id, s.member_id, m.organization_id FROM sessions s JOIN members m ON m.id = s.member_id
WHERE s.verifier IN ($1, $2) AND s.expires_at > $3
