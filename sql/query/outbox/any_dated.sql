SELECT 1 WHERE
    EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.expires_at > $1 AND u.expires_at <= $2)
    OR EXISTS (SELECT 1 FROM unended_client_passwords u WHERE u.overlap_until > $1 AND u.overlap_until <= $2)
