DELETE FROM sessions WHERE id = $1 AND verifier IN ($2, $3)
