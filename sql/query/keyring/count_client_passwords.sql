SELECT count(*), count(CASE WHEN EXISTS (
    SELECT 1 FROM unended_client_passwords u
    WHERE u.id = p.id AND (u.expires_at IS NULL OR u.expires_at > $1) AND (u.overlap_until IS NULL OR u.overlap_until > $1)) THEN 1 END)
FROM client_passwords p WHERE p.pepper_id = $2
