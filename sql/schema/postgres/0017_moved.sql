-- A member who rotates sees on which protocols the client has come with the new one already.

DROP VIEW client_password_details;
CREATE VIEW client_password_details AS
SELECT p.id, p.member_id, p.organization_id, p.label, p.protocols, p.networks, p.created_at, p.expires_at,
       p.overlap_until, p.ended_at, p.ended_reason,
       me.ended_at AS member_ended_at, me.reason AS member_end_reason,
       oe.ended_at AS organization_ended_at, oe.reason AS organization_end_reason,
       u.at AS used_at, u.protocol AS used_protocol, u.ip AS used_ip, u.client AS used_client,
       s.at AS stale_at, s.protocol AS stale_protocol, s.ip AS stale_ip, s.count AS stale_count,
       p.replaces, p.replaced_by, p.version, p.moved, p.ends_at,
       -- Whether somebody has ended it, and no date.
       CASE WHEN p.ended_at IS NULL AND me.ended_at IS NULL AND oe.ended_at IS NULL THEN 0 ELSE 1 END AS is_ended,
       -- Its state once it has ended: that of the earliest end; on the same moment what somebody did goes before a date.
       CASE WHEN p.expires_at < LEAST(coalesce(p.ended_at, 9223372036854775807),
                                      coalesce(me.ended_at, 9223372036854775807),
                                      coalesce(oe.ended_at, 9223372036854775807),
                                      coalesce(p.overlap_until, 9223372036854775807))
              OR p.ended_reason IN ('expired', 'idle')
                 AND p.ended_at <= LEAST(coalesce(me.ended_at, 9223372036854775807),
                                         coalesce(oe.ended_at, 9223372036854775807), p.ends_at)
            THEN 'expired' ELSE 'revoked' END AS end_state
FROM client_passwords p
LEFT JOIN member_ends me ON me.member_id = p.member_id AND me.epoch = p.member_epoch
LEFT JOIN organization_ends oe ON oe.organization_id = p.organization_id AND oe.epoch = p.organization_epoch
LEFT JOIN last_uses u ON u.client_password_id = p.id
LEFT JOIN stale_uses s ON s.client_password_id = p.id;

-- What a bulk revocation has ended is listed, newest first.
DROP INDEX client_passwords_by_revocation;
CREATE INDEX client_passwords_by_revocation ON client_passwords (revocation_id, id) WHERE revocation_id IS NOT NULL;
