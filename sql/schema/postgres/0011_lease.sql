-- What is done once in an installation is done by the process that holds the lease. Each write of a job shares the row
-- and demands the term. The term is unique so that it is part of a key: whoever takes the lease waits for a write that is
-- under way, and the holder's beat does not.

CREATE TABLE lease (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    -- How often it has been taken.
    term BIGINT NOT NULL UNIQUE,
    -- How often its holder has said since that it lives.
    beat BIGINT NOT NULL,
    -- 0 once it was given back.
    held BIGINT NOT NULL
);
INSERT INTO lease (id, term, beat, held) VALUES (1, 0, 0, 0);
