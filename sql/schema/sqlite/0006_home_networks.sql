-- Networks that members signed in from: the throttle spares them what others do to the login.

CREATE TABLE home_networks (
    member_id BLOB NOT NULL REFERENCES members (id),
    network TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (member_id, network)
) STRICT, WITHOUT ROWID;
