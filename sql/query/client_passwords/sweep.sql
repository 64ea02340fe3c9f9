DELETE FROM client_passwords WHERE ends_at <= $1 AND ends_at < 9223372036854775807
