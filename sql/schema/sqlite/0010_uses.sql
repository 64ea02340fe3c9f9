-- One row for each protocol over which a client password opened mail, with all that is known of that use: the last of
-- them is the last use. Two tables, one of them for the last use alone, made each accept write two rows.

CREATE TABLE uses (
    client_password_id BLOB NOT NULL,
    protocol INTEGER NOT NULL,
    at INTEGER NOT NULL,
    ip TEXT,
    client TEXT,
    PRIMARY KEY (client_password_id, protocol)
) STRICT, WITHOUT ROWID;
INSERT INTO uses (client_password_id, protocol, at, ip, client)
SELECT client_password_id, protocol, at, ip, client FROM last_uses;
INSERT INTO uses (client_password_id, protocol, at)
SELECT p.client_password_id, p.protocol, p.at FROM protocol_uses p
WHERE NOT EXISTS (SELECT 1 FROM last_uses l
                  WHERE l.client_password_id = p.client_password_id AND l.protocol = p.protocol);

DROP VIEW client_password_details;
DROP TABLE last_uses;
DROP TABLE protocol_uses;

CREATE VIEW last_uses AS
SELECT u.client_password_id, u.at, u.protocol, u.ip, u.client
FROM uses u
WHERE NOT EXISTS (SELECT 1 FROM uses n
                  WHERE n.client_password_id = u.client_password_id AND (n.at, n.protocol) > (u.at, u.protocol));

CREATE VIEW client_password_details AS
SELECT p.id, p.member_id, p.organization_id, p.label, p.protocols, p.networks, p.created_at, p.expires_at,
       p.overlap_until, p.ended_at, p.ended_reason,
       me.ended_at AS member_ended_at, me.reason AS member_end_reason,
       oe.ended_at AS organization_ended_at, oe.reason AS organization_end_reason,
       u.at AS used_at, u.protocol AS used_protocol, u.ip AS used_ip, u.client AS used_client,
       s.at AS stale_at, s.protocol AS stale_protocol, s.ip AS stale_ip, s.count AS stale_count,
       p.replaces, p.replaced_by, p.version
FROM client_passwords p
LEFT JOIN member_ends me ON me.member_id = p.member_id AND me.epoch = p.member_epoch
LEFT JOIN organization_ends oe ON oe.organization_id = p.organization_id AND oe.epoch = p.organization_epoch
LEFT JOIN last_uses u ON u.client_password_id = p.id
LEFT JOIN stale_uses s ON s.client_password_id = p.id;
