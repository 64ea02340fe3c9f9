DELETE FROM client_passwords WHERE ended_at <= $1
