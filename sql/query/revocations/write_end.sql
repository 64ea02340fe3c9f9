INSERT INTO member_ends (member_id, epoch, ended_at, reason, actor_kind, actor_id, revocation_id, client_passwords)
SELECT m.id, m.epoch, $1, 'bulk_revocation', v.actor_kind, v.actor_id, v.id, count(*)
FROM revocations v
CROSS JOIN members m
CROSS JOIN organizations o
CROSS JOIN client_passwords p
WHERE v.id = $2
  AND m.id IN (SELECT t.member_id FROM revocation_targets t
               WHERE t.revocation_id = $3 AND t.member_id > $4 AND t.member_id <= $5)
  AND (m.role < v.below_rank OR m.id = v.own_member_id) AND m.state <> 'left'
  AND o.id = m.organization_id
  AND NOT EXISTS (
    SELECT 1 FROM client_passwords k
    WHERE k.member_id = m.id AND k.member_epoch = m.epoch AND k.organization_epoch = o.epoch
      AND k.ended_at IS NULL AND k.ends_at > $1
      AND NOT EXISTS (SELECT 1 FROM revocation_targets t
                      WHERE t.revocation_id = $3 AND t.member_id = m.id AND t.lineage = k.lineage
                        AND t.client_password_id <= k.id))
  AND p.member_id = m.id
  AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch AND p.ended_at IS NULL AND p.ends_at > $1
GROUP BY m.id, m.epoch, v.actor_kind, v.actor_id, v.id
