INSERT INTO client_setup_links (verifier, sealed, expires_at, client_password_id)
SELECT $1, $2, $3, p.id FROM unended_client_passwords p
WHERE p.id = $4 AND p.member_id = $5 AND p.ends_at > $6
ON CONFLICT (client_password_id) DO UPDATE
SET verifier = excluded.verifier, sealed = excluded.sealed, expires_at = excluded.expires_at
RETURNING expires_at
