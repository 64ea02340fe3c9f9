-- The one-time link by which a client password that was just made gets onto a phone: the secret, sealed under a key that
-- follows from the token of the link as well. Of the token only the HMAC is kept, so nobody can open what is here without
-- the link. A row is deleted when the link is fetched, else within a minute of its end.

CREATE TABLE client_setup_links (
    client_password_id BLOB PRIMARY KEY,
    verifier BLOB NOT NULL UNIQUE,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
