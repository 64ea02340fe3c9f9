DELETE FROM client_passwords WHERE overlap_until <= $1
