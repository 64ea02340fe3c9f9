UPDATE client_passwords SET expires_at = created_at + $1, version = version + 1
WHERE organization_id = $2 AND ended_at IS NULL AND created_at <= $3
  AND (expires_at IS NULL OR expires_at > created_at + $1)
