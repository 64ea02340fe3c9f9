INSERT INTO revocation_members (revocation_id, member_id) VALUES ($1, $2)
ON CONFLICT (revocation_id, member_id) DO NOTHING
