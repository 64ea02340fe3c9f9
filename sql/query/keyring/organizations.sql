SELECT DISTINCT p.organization_id FROM client_passwords p
WHERE p.pepper_id = $1 AND EXISTS (
    SELECT 1 FROM unended_client_passwords u
    WHERE u.id = p.id AND u.ends_at > $2)
