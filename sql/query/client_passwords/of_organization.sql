SELECT * FROM client_password_details
WHERE organization_id = $1 AND id < $2 AND id >= $3
  AND ($4 = '' OR label IN ($4, $5)) AND ($6 = 0 OR (protocols & $6) <> 0) AND created_at < $7
  AND ($8 = 0 OR used_at < $9)
  AND ($10 < 0 OR ($10 = 1 AND used_at IS NULL) OR ($10 = 0 AND used_at IS NOT NULL))
ORDER BY id DESC LIMIT $11
