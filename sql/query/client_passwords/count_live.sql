SELECT count(*) FROM unended_client_passwords
WHERE member_id = $1 AND ends_at > $2
