INSERT INTO invitations (id, verifier, invited_by, created_at, expires_at, member_id)
SELECT $1, $2, $3, $4, $5, m.id FROM members m WHERE m.id = $6 AND m.state = 'active'
ON CONFLICT (member_id) DO UPDATE
SET id = excluded.id, verifier = excluded.verifier, invited_by = excluded.invited_by,
    created_at = excluded.created_at, expires_at = excluded.expires_at
RETURNING expires_at
