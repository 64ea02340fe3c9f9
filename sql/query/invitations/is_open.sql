SELECT 1 FROM invitations WHERE id = $1 AND expires_at > $2
