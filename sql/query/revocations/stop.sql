UPDATE revocations SET state = 'stopped', finished_at = $1
WHERE id = $2 AND organization_id = $3 AND state = 'running'
