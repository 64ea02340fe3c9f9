SELECT * FROM client_password_details WHERE id = $1
