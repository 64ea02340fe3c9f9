UPDATE revocations SET state = $1, finished_at = $2 WHERE id = $3 AND state = 'running'
