SELECT 1 WHERE EXISTS (
    SELECT 1 FROM unended_client_passwords u
    WHERE u.ends_at > $1 AND u.ends_at <= $2 AND u.ends_at < 9223372036854775807)
