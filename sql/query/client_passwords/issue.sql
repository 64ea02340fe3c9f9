INSERT INTO client_passwords (verifier, pepper_id, id, member_id, organization_id, label, protocols, networks,
    member_epoch, organization_epoch, created_at, expires_at, lineage)
SELECT $1, $2, $3, m.id, m.organization_id, $4, $5, $6, m.epoch, o.epoch, $7, $8, $3
FROM members m JOIN organizations o ON o.id = m.organization_id
WHERE m.id = $9 AND o.state = 'active'
  AND (SELECT count(*) FROM unended_client_passwords u
       WHERE u.member_id = $9 AND u.overlap_until IS NULL AND u.ends_at > $7) < $10
