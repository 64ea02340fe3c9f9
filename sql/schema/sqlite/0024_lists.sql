-- Lists whose filter finds few are found by an index of what it asks for: whoever has a login or had it, those with a role,
-- those who are not active, what has a label.

CREATE INDEX members_by_any_login ON members (organization_id, login, id);
CREATE INDEX members_by_role ON members (organization_id, role, id);
CREATE INDEX members_by_state ON members (organization_id, state, id) WHERE state <> 'active';
CREATE INDEX client_passwords_by_label ON client_passwords (organization_id, label, id);

-- What a job has counted: one row for an organization, and one for each department that has members, those below
-- included.
CREATE TABLE totals (
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    -- The organization itself, or one of its departments.
    counted_id BLOB NOT NULL,
    active INTEGER NOT NULL,
    suspended INTEGER NOT NULL,
    gone INTEGER NOT NULL,
    -- Of the active ones.
    secure_login INTEGER NOT NULL,
    live INTEGER NOT NULL,
    -- Of the live ones.
    never_used INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    PRIMARY KEY (organization_id, counted_id)
) STRICT, WITHOUT ROWID;
