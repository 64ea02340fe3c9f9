SELECT 1 FROM revocations v
WHERE v.id = $1 AND (SELECT count(*) FROM revocation_targets t WHERE t.revocation_id = v.id) <= $2
