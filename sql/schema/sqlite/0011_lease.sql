-- What is done once in an installation is done by the process that holds the lease. Here the lock on the data directory
-- is the lease; the row is there because both engines have the same tables.

CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- How often it has been taken.
    term INTEGER NOT NULL,
    -- How often its holder has said since that it lives.
    beat INTEGER NOT NULL,
    -- 0 once it was given back.
    held INTEGER NOT NULL
) STRICT;
INSERT INTO lease (id, term, beat, held) VALUES (1, 0, 0, 0);
