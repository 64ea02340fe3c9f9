DELETE FROM client_setup_links WHERE client_password_id = $1 AND verifier IN ($2, $3)
