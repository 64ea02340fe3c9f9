SELECT 1 WHERE EXISTS (
    SELECT 1 FROM unended_client_passwords
    WHERE member_id = $1 AND ends_at > $2)
