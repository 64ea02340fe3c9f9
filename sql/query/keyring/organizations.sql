SELECT DISTINCT p.organization_id FROM client_passwords p
WHERE p.pepper_id = $1 AND EXISTS (
    SELECT 1 FROM unended_client_passwords u
    WHERE u.id = p.id AND (u.expires_at IS NULL OR u.expires_at > $2) AND (u.overlap_until IS NULL OR u.overlap_until > $2))
