-- Networks that members signed in from: the throttle spares them what others do to the login.

CREATE TABLE home_networks (
    member_id BYTEA NOT NULL REFERENCES members (id),
    network TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (member_id, network)
);
