SELECT count(*), count(CASE WHEN EXISTS (
    SELECT 1 FROM unended_client_passwords u
    WHERE u.id = p.id AND u.ends_at > $1) THEN 1 END)
FROM client_passwords p WHERE p.pepper_id = $2
