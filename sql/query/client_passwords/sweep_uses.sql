DELETE FROM uses WHERE client_password_id = $1
