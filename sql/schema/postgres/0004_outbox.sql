-- Ends of client passwords that mail servers have still to be told of: one row for each of those that are to be told,
-- written with the end, deleted once it is told, given up after days.

CREATE TABLE outbox (
    -- Who is to be told, by the name that the configuration has for it.
    target TEXT COLLATE "C" NOT NULL,
    -- Of the audit event of the end, or of the one client password.
    id BYTEA NOT NULL,
    organization_id BYTEA NOT NULL,
    -- Without a member it is about the organization.
    member_id BYTEA,
    -- Set where it is about this one only.
    client_password_id BYTEA,
    -- 1 if all have ended; where it is about a set, 0: those whose own end is of this time and reason.
    everything BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    ended_at BIGINT NOT NULL,
    -- Nobody takes it before; whoever does puts it off for as long as the telling may take.
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- How far it has been told, where it is about many.
    told_member BYTEA,
    told_client_password BYTEA,
    PRIMARY KEY (target, id)
);
CREATE INDEX outbox_by_due ON outbox (target, due_at, id);
CREATE INDEX outbox_by_age ON outbox (ended_at, target, id);

-- Until when dates that end client passwords have been put into the outbox.
CREATE TABLE outbox_dates (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    until BIGINT NOT NULL
);
INSERT INTO outbox_dates (id, until) VALUES (1, 0);

-- What has ended at one moment is read in order of members.
DROP INDEX client_passwords_by_end;
CREATE INDEX client_passwords_by_end ON client_passwords (ended_at, member_id, id) WHERE ended_at IS NOT NULL;
