-- Lists whose filter finds few are found by an index of what it asks for: whoever has a login or had it, those with a role,
-- those who are not active, what has a label.

CREATE INDEX members_by_any_login ON members (organization_id, login, id);
CREATE INDEX members_by_role ON members (organization_id, role, id);
CREATE INDEX members_by_state ON members (organization_id, state, id) WHERE state <> 'active';
CREATE INDEX client_passwords_by_label ON client_passwords (organization_id, label, id);

-- What a job has counted: one row for an organization, and one for each department that has members, those below
-- included.
CREATE TABLE totals (
    organization_id BYTEA NOT NULL REFERENCES organizations (id),
    -- The organization itself, or one of its departments.
    counted_id BYTEA NOT NULL,
    active BIGINT NOT NULL,
    suspended BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    -- Of the active ones.
    secure_login BIGINT NOT NULL,
    live BIGINT NOT NULL,
    -- Of the live ones.
    never_used BIGINT NOT NULL,
    ended BIGINT NOT NULL,
    as_of BIGINT NOT NULL,
    PRIMARY KEY (organization_id, counted_id)
);
