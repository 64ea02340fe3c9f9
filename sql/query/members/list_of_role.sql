SELECT id, organization_id, login, display_name, role, state,
       CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END,
       secure_login, epoch, secure_login_since, secure_login_required, created_at, version
FROM members
WHERE organization_id = $1 AND role = $2 AND id < $3 AND id >= $4
  AND ($5 = '' OR state = $5) AND ($6 < 0 OR secure_login = $6)
ORDER BY id DESC LIMIT $7
