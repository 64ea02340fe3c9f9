-- The history of log-ins: one row for each that differs in what it was with, over which protocol, from where and by which
-- client. What a member has is one range. What a policy says of how long it is kept is kept as a number as well.

CREATE TABLE log_ins (
    member_id BLOB NOT NULL,
    -- A hash of what the row is of.
    id BLOB NOT NULL,
    -- 0 client password, 1 account password, 2 passed on to the next source.
    kind INTEGER NOT NULL,
    client_password_id BLOB,
    -- 0 is exact; each further one says that more was folded together.
    level INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    network TEXT NOT NULL,
    client TEXT,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (member_id, id)
) STRICT, WITHOUT ROWID;

ALTER TABLE policies ADD COLUMN history_days INTEGER;
UPDATE policies SET history_days = json_extract(policy, '$.history_days');
