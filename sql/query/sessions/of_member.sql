SELECT id, created_at, authenticated_at, last_seen_at, expires_at, proof, ip, user_agent FROM sessions
WHERE member_id = $1 AND id < $2 AND expires_at > $3 AND last_seen_at > $4
ORDER BY id DESC LIMIT $5
