SELECT s.client_password_id, s.client_password_id FROM stale_uses s
WHERE s.client_password_id >= $1
  AND NOT EXISTS (SELECT 1 FROM client_passwords p WHERE p.id = s.client_password_id)
ORDER BY s.client_password_id LIMIT $2
