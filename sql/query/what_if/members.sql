SELECT id, login, display_name, secure_login, secure_login_required, CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END
FROM members
WHERE organization_id = $1 AND id > $2 AND state = 'active'
ORDER BY id LIMIT $3
