SELECT 1 FROM unended_client_passwords
WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2) AND (overlap_until IS NULL OR overlap_until > $2)
