DELETE FROM client_setup_links WHERE expires_at <= $1
