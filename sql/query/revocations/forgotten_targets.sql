SELECT DISTINCT t.revocation_id, t.member_id
FROM revocations v
CROSS JOIN revocation_targets t
WHERE v.state <> 'running' AND (v.created_at <= $1 OR v.state <> 'done' OR v.used_by IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM revocations u WHERE u.id = v.used_by AND u.state = 'running')
  AND t.revocation_id = v.id
ORDER BY t.revocation_id, t.member_id LIMIT $2
