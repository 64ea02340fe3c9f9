INSERT INTO revocation_targets (revocation_id, client_password_id, lineage)
SELECT $1, p.id, p.lineage
FROM unended_client_passwords p
JOIN members m ON m.id = p.member_id
LEFT JOIN last_uses u ON u.client_password_id = p.id
WHERE p.organization_id = $2 AND (m.role < $3 OR m.id = $4)
  AND p.ends_at > $5
  AND ($6 = 0 OR p.member_id IN (SELECT r.member_id FROM revocation_members r WHERE r.revocation_id = $1))
  AND ($7 = '' OR p.label IN ($7, $8)) AND ($9 = 0 OR (p.protocols & $9) <> 0) AND p.created_at < $10
  AND ($11 = 0 OR u.at < $12)
  AND ($13 < 0 OR ($13 = 1 AND u.at IS NULL) OR ($13 = 0 AND u.at IS NOT NULL))
