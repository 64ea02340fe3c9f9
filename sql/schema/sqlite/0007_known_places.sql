-- Places that members got in from, for account passwords and for one-time codes: what is tried there has a budget of
-- its own. Until now networks were kept. No address can be made of one, and nobody knows whether a code was given: it
-- goes on as a network for account passwords, which has a budget of its own and no look into memory before it, until
-- it is swept. What came without an address belongs to nobody.

CREATE TABLE known_places (
    member_id BLOB NOT NULL REFERENCES members (id),
    purpose TEXT NOT NULL,
    place TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (member_id, purpose, place)
) STRICT, WITHOUT ROWID;
INSERT INTO known_places (member_id, purpose, place, at)
SELECT member_id, 'password', network || CASE WHEN network LIKE '%:%' THEN '/56' ELSE '/24' END, at
FROM home_networks WHERE network <> '';
DROP TABLE home_networks;

-- Codes tried since the last right one. No row is none.
CREATE TABLE code_guesses (
    member_id BLOB NOT NULL PRIMARY KEY REFERENCES members (id),
    wrong INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
