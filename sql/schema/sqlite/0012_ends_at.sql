-- When a client password ends by what is known of it alone: live is what ends later than now, in the epochs of its member
-- and organization. 9223372036854775807 is never. Three indexes of dates become one.

ALTER TABLE client_passwords ADD COLUMN ends_at INTEGER NOT NULL GENERATED ALWAYS AS (
    min(coalesce(ended_at, 9223372036854775807), coalesce(expires_at, 9223372036854775807),
        coalesce(overlap_until, 9223372036854775807))) VIRTUAL;
DROP INDEX client_passwords_by_expiry;
DROP INDEX client_passwords_by_overlap;
CREATE INDEX client_passwords_by_ends_at ON client_passwords (ends_at) WHERE ends_at < 9223372036854775807;

DROP VIEW unended_client_passwords;
-- Client passwords that nothing has ended but, perhaps, a date.
CREATE VIEW unended_client_passwords AS
SELECT p.id, p.member_id, p.organization_id, p.label, p.protocols, p.created_at, p.expires_at,
       p.overlap_until, p.ends_at, p.lineage, p.replaced_by
FROM client_passwords p
JOIN members m ON m.id = p.member_id
JOIN organizations o ON o.id = p.organization_id
WHERE p.ended_at IS NULL AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch;

DROP VIEW client_password_details;
CREATE VIEW client_password_details AS
SELECT p.id, p.member_id, p.organization_id, p.label, p.protocols, p.networks, p.created_at, p.expires_at,
       p.overlap_until, p.ended_at, p.ended_reason,
       me.ended_at AS member_ended_at, me.reason AS member_end_reason,
       oe.ended_at AS organization_ended_at, oe.reason AS organization_end_reason,
       u.at AS used_at, u.protocol AS used_protocol, u.ip AS used_ip, u.client AS used_client,
       s.at AS stale_at, s.protocol AS stale_protocol, s.ip AS stale_ip, s.count AS stale_count,
       p.replaces, p.replaced_by, p.version, p.ends_at,
       -- Whether somebody has ended it, and no date.
       CASE WHEN p.ended_at IS NULL AND me.ended_at IS NULL AND oe.ended_at IS NULL THEN 0 ELSE 1 END AS is_ended,
       -- Its state once it has ended: that of the earliest end; on the same moment what somebody did goes before a date.
       CASE WHEN p.expires_at < min(coalesce(p.ended_at, 9223372036854775807),
                                    coalesce(me.ended_at, 9223372036854775807),
                                    coalesce(oe.ended_at, 9223372036854775807),
                                    coalesce(p.overlap_until, 9223372036854775807))
              OR p.ended_reason IN ('expired', 'idle')
                 AND p.ended_at <= min(coalesce(me.ended_at, 9223372036854775807),
                                       coalesce(oe.ended_at, 9223372036854775807), p.ends_at)
            THEN 'expired' ELSE 'revoked' END AS end_state
FROM client_passwords p
LEFT JOIN member_ends me ON me.member_id = p.member_id AND me.epoch = p.member_epoch
LEFT JOIN organization_ends oe ON oe.organization_id = p.organization_id AND oe.epoch = p.organization_epoch
LEFT JOIN last_uses u ON u.client_password_id = p.id
LEFT JOIN stale_uses s ON s.client_password_id = p.id;
