SELECT * FROM client_password_details
WHERE organization_id = $1 AND id < $2
  AND ($3 = '' OR label = $3) AND ($4 = 0 OR (protocols & $4) <> 0) AND created_at < $5
  AND ($6 = 0 OR used_at < $7)
  AND ($8 < 0 OR ($8 = 1 AND used_at IS NULL) OR ($8 = 0 AND used_at IS NOT NULL))
ORDER BY id DESC LIMIT $9
