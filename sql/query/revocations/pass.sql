UPDATE revocations SET passed_member_id = $1, passed_members = $2
WHERE id = $3 AND state = 'running' AND passed_member_id = $4
