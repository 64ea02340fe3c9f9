-- The history of log-ins: one row for each that differs in what it was with, over which protocol, from where and by which
-- client. What a member has is one range. What a policy says of how long it is kept is kept as a number as well.

CREATE TABLE log_ins (
    member_id BYTEA NOT NULL,
    -- A hash of what the row is of.
    id BYTEA NOT NULL,
    -- 0 client password, 1 account password, 2 passed on to the next source.
    kind BIGINT NOT NULL,
    client_password_id BYTEA,
    -- 0 is exact; each further one says that more was folded together.
    level BIGINT NOT NULL,
    protocol BIGINT NOT NULL,
    network TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C",
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (member_id, id)
);

ALTER TABLE policies ADD COLUMN history_days BIGINT;
UPDATE policies SET history_days = (policy::json ->> 'history_days')::BIGINT;
