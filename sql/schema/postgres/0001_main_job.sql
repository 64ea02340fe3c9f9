-- What the main job needs. Times are microseconds since 1970 in UTC, ids are UUIDs of 16 bytes, sets of
-- protocols are bits. Verifiers are HMAC-SHA-256 under a pepper of the keyring; no plain secret is kept.

CREATE TABLE clock_mark (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    high_water BIGINT NOT NULL
);
INSERT INTO clock_mark (id, high_water) VALUES (1, 0);

CREATE TABLE keyring_checks (
    key_id BIGINT PRIMARY KEY,
    check_value BYTEA NOT NULL
);

CREATE TABLE setup_tokens (
    verifier BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);

CREATE TABLE organizations (
    id BYTEA PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    owner_id BYTEA,
    epoch BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    lock_version BIGINT NOT NULL DEFAULT 0
);

-- One line for each time that everything in an organization ended.
CREATE TABLE organization_ends (
    organization_id BYTEA NOT NULL REFERENCES organizations (id),
    epoch BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id BYTEA,
    PRIMARY KEY (organization_id, epoch)
);

CREATE TABLE domains (
    name TEXT COLLATE "C" PRIMARY KEY,
    organization_id BYTEA NOT NULL REFERENCES organizations (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX domains_by_organization ON domains (organization_id, name);

CREATE TABLE members (
    id BYTEA PRIMARY KEY,
    organization_id BYTEA NOT NULL REFERENCES organizations (id),
    login TEXT COLLATE "C" NOT NULL,
    domain TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    role BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    secure_login BIGINT NOT NULL DEFAULT 0,
    secure_login_since BIGINT,
    secure_login_required BIGINT NOT NULL DEFAULT 0,
    epoch BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    lock_version BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX members_by_login ON members (login) WHERE state <> 'left';
CREATE INDEX members_by_domain ON members (domain) WHERE state <> 'left';
CREATE INDEX members_by_organization ON members (organization_id, id);

-- One line for each time that all client passwords of a member ended.
CREATE TABLE member_ends (
    member_id BYTEA NOT NULL REFERENCES members (id),
    epoch BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id BYTEA,
    PRIMARY KEY (member_id, epoch)
);

CREATE TABLE second_factors (
    id BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id),
    label TEXT COLLATE "C" NOT NULL,
    sealed_seed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT,
    last_used_at BIGINT
);
CREATE INDEX second_factors_by_member ON second_factors (member_id, id);

CREATE TABLE recovery_codes (
    verifier BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES members (id)
);
CREATE INDEX recovery_codes_by_member ON recovery_codes (member_id);

CREATE TABLE sessions (
    verifier BYTEA PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    member_id BYTEA NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_member ON sessions (member_id);

CREATE TABLE service_keys (
    verifier BYTEA PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    role TEXT COLLATE "C" NOT NULL,
    organization_id BYTEA REFERENCES organizations (id),
    label TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX service_keys_by_organization ON service_keys (organization_id, id);

-- Ended rows stay as tombstones, so that a dead secret is recognised.
CREATE TABLE client_passwords (
    verifier BYTEA PRIMARY KEY,
    pepper_id BIGINT NOT NULL,
    id BYTEA NOT NULL UNIQUE,
    member_id BYTEA NOT NULL REFERENCES members (id),
    organization_id BYTEA NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    protocols BIGINT NOT NULL,
    networks TEXT COLLATE "C" NOT NULL,
    member_epoch BIGINT NOT NULL,
    organization_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    ended_reason TEXT COLLATE "C",
    revocation_id BYTEA,
    -- The first of a chain of rotations; what came by rotating has the same lineage and a later id.
    lineage BYTEA NOT NULL,
    replaces BYTEA,
    replaced_by BYTEA,
    overlap_until BIGINT,
    -- Protocols on which the successor has been used.
    moved BIGINT NOT NULL DEFAULT 0,
    -- On the successor: protocols whose first use has to be told to the predecessor.
    pending_moves BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1
);
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
    client_password_id BYTEA PRIMARY KEY,
    at BIGINT NOT NULL,
    protocol BIGINT NOT NULL,
    ip TEXT COLLATE "C",
    client TEXT COLLATE "C"
);

CREATE TABLE protocol_uses (
    client_password_id BYTEA NOT NULL,
    protocol BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (client_password_id, protocol)
);

CREATE TABLE stale_uses (
    client_password_id BYTEA PRIMARY KEY,
    at BIGINT NOT NULL,
    protocol BIGINT NOT NULL,
    ip TEXT COLLATE "C",
    count BIGINT NOT NULL
);

CREATE TABLE revocations (
    id BYTEA PRIMARY KEY,
    organization_id BYTEA NOT NULL REFERENCES organizations (id),
    filter TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    dry_run BIGINT NOT NULL,
    preview_id BYTEA,
    used_by BYTEA,
    matched_members BIGINT NOT NULL DEFAULT 0,
    matched_client_passwords BIGINT NOT NULL DEFAULT 0,
    ended_members BIGINT NOT NULL DEFAULT 0,
    ended_client_passwords BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id BYTEA,
    finished_at BIGINT
);
CREATE INDEX revocations_by_organization ON revocations (organization_id, id);

CREATE TABLE revocation_members (
    revocation_id BYTEA NOT NULL REFERENCES revocations (id),
    member_id BYTEA NOT NULL,
    PRIMARY KEY (revocation_id, member_id)
);

CREATE TABLE revocation_targets (
    revocation_id BYTEA NOT NULL REFERENCES revocations (id),
    client_password_id BYTEA NOT NULL,
    lineage BYTEA NOT NULL,
    PRIMARY KEY (revocation_id, client_password_id)
);

CREATE TABLE audit_events (
    id BYTEA PRIMARY KEY,
    organization_id BYTEA,
    at BIGINT NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id BYTEA,
    action TEXT COLLATE "C" NOT NULL,
    member_id BYTEA,
    targets TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    details TEXT COLLATE "C" NOT NULL,
    ended_client_passwords BIGINT,
    request_id BYTEA
);
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

-- The engine's own: a row for each connection that writes, with the number of its last write, so that a COMMIT
-- whose answer was lost can be looked up.
CREATE TABLE commits (
    connection BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number BIGINT NOT NULL DEFAULT 0,
    connected_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
