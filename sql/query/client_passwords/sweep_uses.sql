DELETE FROM uses WHERE client_password_id NOT IN (SELECT id FROM client_passwords)
