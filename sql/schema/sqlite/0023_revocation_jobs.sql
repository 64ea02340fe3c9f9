-- A bulk revocation that is not done at once is a job: it passes the members of its organization in order of id, a piece at
-- a time, and its row says how far it has come. What was there before was done at once.

ALTER TABLE revocations ADD COLUMN state TEXT NOT NULL DEFAULT 'done';
-- On whose authority it acts: members of lower rank than this, and the one who began it.
ALTER TABLE revocations ADD COLUMN below_rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revocations ADD COLUMN own_member_id BLOB;
-- The last client password that was there when it began: later ones are not in the set.
ALTER TABLE revocations ADD COLUMN newest BLOB;
-- The last member whom it has passed; none where it was done at once.
ALTER TABLE revocations ADD COLUMN passed_member_id BLOB;
ALTER TABLE revocations ADD COLUMN passed_members INTEGER NOT NULL DEFAULT 0;
-- How many members the organization had when it began.
ALTER TABLE revocations ADD COLUMN all_members INTEGER NOT NULL DEFAULT 0;
CREATE INDEX revocations_running ON revocations (id) WHERE state = 'running';

CREATE TABLE revocation_departments (
    revocation_id BLOB NOT NULL REFERENCES revocations (id),
    department_id BLOB NOT NULL,
    PRIMARY KEY (revocation_id, department_id)
) STRICT, WITHOUT ROWID;

-- The lists of networks, as client passwords have them, that the networks of a filter find. What a piece has found is
-- gone with the piece.
CREATE TABLE revocation_networks (
    revocation_id BLOB NOT NULL REFERENCES revocations (id),
    networks TEXT NOT NULL,
    PRIMARY KEY (revocation_id, networks)
) STRICT, WITHOUT ROWID;

-- The set of a preview is ended member by member.
CREATE TABLE member_targets (
    revocation_id BLOB NOT NULL REFERENCES revocations (id),
    member_id BLOB NOT NULL,
    client_password_id BLOB NOT NULL,
    lineage BLOB NOT NULL,
    PRIMARY KEY (revocation_id, member_id, client_password_id)
) STRICT, WITHOUT ROWID;
INSERT INTO member_targets (revocation_id, member_id, client_password_id, lineage)
SELECT t.revocation_id, p.member_id, t.client_password_id, t.lineage
FROM revocation_targets t JOIN client_passwords p ON p.id = t.client_password_id;
DROP TABLE revocation_targets;
ALTER TABLE member_targets RENAME TO revocation_targets;

-- All that a member has ends by the epoch; so many these were.
ALTER TABLE member_ends ADD COLUMN revocation_id BLOB;
ALTER TABLE member_ends ADD COLUMN client_passwords INTEGER;
CREATE INDEX member_ends_by_revocation ON member_ends (revocation_id, member_id) WHERE revocation_id IS NOT NULL;
CREATE INDEX member_ends_by_end ON member_ends (ended_at, member_id) WHERE revocation_id IS NOT NULL;

-- What a bulk revocation has ended is listed member by member.
DROP INDEX client_passwords_by_revocation;
CREATE INDEX client_passwords_by_revocation ON client_passwords (revocation_id, member_id, id)
    WHERE revocation_id IS NOT NULL;
