SELECT id, id FROM client_passwords
WHERE ends_at < $1 AND ends_at < 9223372036854775807
  AND ends_at <= $1 - 86400000000 * coalesce(
      (SELECT p.tombstone_days FROM policies p WHERE p.organization_id = client_passwords.organization_id), $2)
ORDER BY ends_at LIMIT $3
