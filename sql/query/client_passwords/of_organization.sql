SELECT * FROM client_password_details
WHERE organization_id = $1 AND id < $2 AND id >= $3
  AND ($4 = '' OR label = $4) AND ($5 = 0 OR (protocols & $5) <> 0) AND created_at < $6
  AND ($7 = 0 OR used_at < $8)
  AND ($9 < 0 OR ($9 = 1 AND used_at IS NULL) OR ($9 = 0 AND used_at IS NOT NULL))
ORDER BY id DESC LIMIT $10
