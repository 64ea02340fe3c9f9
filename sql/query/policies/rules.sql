SELECT o.rules_version, p.policy, NULL, NULL
FROM organizations o LEFT JOIN policies p ON p.organization_id = o.id
WHERE o.id = $1
UNION ALL
SELECT 0, NULL, d.id, d.parent_id FROM departments d WHERE d.organization_id = $1
