-- An organization has at most one owner, and at most one offer to become it.

CREATE UNIQUE INDEX members_owner ON members (organization_id) WHERE role = 4 AND state <> 'left';

CREATE TABLE ownership_offers (
    organization_id BLOB PRIMARY KEY REFERENCES organizations (id),
    member_id BLOB NOT NULL UNIQUE REFERENCES members (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
