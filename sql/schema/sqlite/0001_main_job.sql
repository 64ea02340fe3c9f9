-- What the main job needs. Times are microseconds since 1970 in UTC, ids are UUIDs of 16 bytes, sets of
-- protocols are bits. Verifiers are HMAC-SHA-256 under a pepper of the keyring; no plain secret is kept.

CREATE TABLE clock_mark (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    high_water INTEGER NOT NULL
) STRICT;
INSERT INTO clock_mark (id, high_water) VALUES (1, 0);

CREATE TABLE keyring_checks (
    key_id INTEGER PRIMARY KEY,
    check_value BLOB NOT NULL
) STRICT;

CREATE TABLE setup_tokens (
    verifier BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE organizations (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    owner_id BLOB,
    epoch INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    lock_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- One line for each time that everything in an organization ended.
CREATE TABLE organization_ends (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    epoch INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    PRIMARY KEY (organization_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE domains (
    name TEXT PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX domains_by_organization ON domains (organization_id, name);

CREATE TABLE members (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    login TEXT NOT NULL,
    domain TEXT NOT NULL,
    display_name TEXT NOT NULL,
    role INTEGER NOT NULL,
    state TEXT NOT NULL,
    password_hash TEXT,
    secure_login INTEGER NOT NULL DEFAULT 0,
    secure_login_since INTEGER,
    secure_login_required INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    lock_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX members_by_login ON members (login) WHERE state <> 'left';
CREATE INDEX members_by_domain ON members (domain) WHERE state <> 'left';
CREATE INDEX members_by_organization ON members (organization_id, id);

-- One line for each time that all client passwords of a member ended.
CREATE TABLE member_ends (
    member_id BLOB NOT NULL REFERENCES members (id),
    epoch INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    PRIMARY KEY (member_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE second_factors (
    id BLOB PRIMARY KEY,
    member_id BLOB NOT NULL REFERENCES members (id),
    label TEXT NOT NULL,
    sealed_seed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_step INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX second_factors_by_member ON second_factors (member_id, id);

CREATE TABLE recovery_codes (
    verifier BLOB PRIMARY KEY,
    member_id BLOB NOT NULL REFERENCES members (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_codes_by_member ON recovery_codes (member_id);

CREATE TABLE sessions (
    verifier BLOB PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    member_id BLOB NOT NULL REFERENCES members (id),
    created_at INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_member ON sessions (member_id);

CREATE TABLE service_keys (
    verifier BLOB PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    role TEXT NOT NULL,
    organization_id BLOB REFERENCES organizations (id),
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX service_keys_by_organization ON service_keys (organization_id, id);

-- Ended rows stay as tombstones, so that a dead secret is recognised.
CREATE TABLE client_passwords (
    verifier BLOB PRIMARY KEY,
    pepper_id INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    member_id BLOB NOT NULL REFERENCES members (id),
    organization_id BLOB NOT NULL,
    label TEXT NOT NULL,
    protocols INTEGER NOT NULL,
    networks TEXT NOT NULL,
    member_epoch INTEGER NOT NULL,
    organization_epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    ended_at INTEGER,
    ended_reason TEXT,
    revocation_id BLOB,
    -- The first of a chain of rotations; what came by rotating has the same lineage and a later id.
    lineage BLOB NOT NULL,
    replaces BLOB,
    replaced_by BLOB,
    overlap_until INTEGER,
    -- Protocols on which the successor has been used.
    moved INTEGER NOT NULL DEFAULT 0,
    -- On the successor: protocols whose first use has to be told to the predecessor.
    pending_moves INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE INDEX client_passwords_by_member ON client_passwords (member_id, id);
CREATE INDEX client_passwords_by_organization ON client_passwords (organization_id, id);
CREATE INDEX client_passwords_by_lineage ON client_passwords (lineage, id);
CREATE INDEX client_passwords_by_revocation ON client_passwords (revocation_id) WHERE revocation_id IS NOT NULL;
CREATE INDEX client_passwords_by_successor ON client_passwords (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX client_passwords_by_end ON client_passwords (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX client_passwords_by_expiry ON client_passwords (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX client_passwords_by_overlap ON client_passwords (overlap_until) WHERE overlap_until IS NOT NULL;

-- Uses have tables of their own, so that writing them can never undo a revocation.
CREATE TABLE last_uses (
    client_password_id BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    ip TEXT,
    client TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE protocol_uses (
    client_password_id BLOB NOT NULL,
    protocol INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (client_password_id, protocol)
) STRICT, WITHOUT ROWID;

CREATE TABLE stale_uses (
    client_password_id BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    ip TEXT,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revocations (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    filter TEXT NOT NULL,
    reason TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    preview_id BLOB,
    used_by BLOB,
    matched_members INTEGER NOT NULL DEFAULT 0,
    matched_client_passwords INTEGER NOT NULL DEFAULT 0,
    ended_members INTEGER NOT NULL DEFAULT 0,
    ended_client_passwords INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    finished_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_by_organization ON revocations (organization_id, id);

CREATE TABLE revocation_members (
    revocation_id BLOB NOT NULL REFERENCES revocations (id),
    member_id BLOB NOT NULL,
    PRIMARY KEY (revocation_id, member_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE revocation_targets (
    revocation_id BLOB NOT NULL REFERENCES revocations (id),
    client_password_id BLOB NOT NULL,
    lineage BLOB NOT NULL,
    PRIMARY KEY (revocation_id, client_password_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_events (
    id BLOB PRIMARY KEY,
    organization_id BLOB,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    action TEXT NOT NULL,
    member_id BLOB,
    targets TEXT NOT NULL,
    reason TEXT,
    details TEXT NOT NULL,
    ended_client_passwords INTEGER,
    request_id BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_by_organization ON audit_events (organization_id, id);
CREATE INDEX audit_events_by_member ON audit_events (member_id, id);

-- Client passwords that nothing has ended but, perhaps, a date.
CREATE VIEW unended_client_passwords AS
SELECT p.id, p.member_id, p.organization_id, p.label, p.protocols, p.created_at, p.expires_at,
       p.overlap_until, p.lineage, p.replaced_by
FROM client_passwords p
JOIN members m ON m.id = p.member_id
JOIN organizations o ON o.id = p.organization_id
WHERE p.ended_at IS NULL AND p.member_epoch = m.epoch AND p.organization_epoch = o.epoch;

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
