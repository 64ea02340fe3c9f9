UPDATE client_passwords SET ended_at = $1, ended_reason = 'rotated'
WHERE id = $2 AND ended_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM uses u
                  WHERE u.client_password_id = $2 AND u.at > $3 AND (u.protocol & client_passwords.moved) = 0)
