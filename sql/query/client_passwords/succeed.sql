INSERT INTO client_passwords (verifier, pepper_id, id, member_id, organization_id, label, protocols, networks,
    member_epoch, organization_epoch, created_at, expires_at, lineage, replaces, pending_moves)
SELECT $1, $2, $3, member_id, organization_id, label, protocols, networks, member_epoch, organization_epoch, $4, $5,
       lineage, id, CASE WHEN ended_at IS NULL THEN protocols ELSE 0 END
FROM client_passwords WHERE id = $6
