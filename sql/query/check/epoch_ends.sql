SELECT ended_at, reason FROM member_ends WHERE member_id = $1 AND epoch = $2
UNION ALL
SELECT ended_at, reason FROM organization_ends WHERE organization_id = $3 AND epoch = $4
