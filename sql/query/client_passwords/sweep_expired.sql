DELETE FROM client_passwords WHERE expires_at <= $1
