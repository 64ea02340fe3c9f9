SELECT * FROM client_password_details WHERE member_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
