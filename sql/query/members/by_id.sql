SELECT id, organization_id, login, display_name, role, state,
       CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END,
       secure_login, epoch, secure_login_since, secure_login_required, created_at, version
FROM members WHERE id = $1
