DELETE FROM client_passwords WHERE id = $1
