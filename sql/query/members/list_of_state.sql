SELECT id, organization_id, login, display_name, role, state,
       CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END,
       secure_login, epoch, secure_login_since, secure_login_required, created_at, version
FROM members
WHERE organization_id = $1 AND state = $2 AND state <> 'active' AND id < $3 AND id >= $4
  AND ($5 < 0 OR secure_login = $5)
ORDER BY id DESC LIMIT $6
