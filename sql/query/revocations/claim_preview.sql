UPDATE revocations SET used_by = $1
WHERE id = $2 AND organization_id = $3 AND dry_run = 1 AND used_by IS NULL AND state = 'done'
  AND created_at > $4
