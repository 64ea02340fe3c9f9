UPDATE client_passwords SET ended_at = $1, ended_reason = $2, version = version + 1
WHERE pepper_id = $3 AND EXISTS (
    SELECT 1 FROM unended_client_passwords u
    WHERE u.id = client_passwords.id AND (u.expires_at IS NULL OR u.expires_at > $1) AND (u.overlap_until IS NULL OR u.overlap_until > $1))
