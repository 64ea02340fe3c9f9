SELECT 1 FROM sessions WHERE id = $1 AND member_id = $2 AND expires_at > $3 AND authenticated_at >= $4 FOR KEY SHARE
