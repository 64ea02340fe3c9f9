SELECT u.client_password_id, u.client_password_id FROM uses u
WHERE u.client_password_id >= $1
  AND NOT EXISTS (SELECT 1 FROM client_passwords p WHERE p.id = u.client_password_id)
ORDER BY u.client_password_id, u.protocol LIMIT $2
