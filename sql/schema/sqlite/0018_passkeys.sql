-- A passkey is a second factor with a key in the place of a seed: its row of second_factors is the list, the limit and the
-- rule of the last factor, the row here is what its signatures are verified with.

CREATE TABLE passkeys (
    factor_id BLOB PRIMARY KEY REFERENCES second_factors (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL UNIQUE,
    -- The host of the pages that it was made for: it works there only.
    rp_id TEXT NOT NULL,
    algorithm INTEGER NOT NULL,
    public_key BLOB NOT NULL,
    sign_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Challenges are sealed and kept by whoever is to answer them; one that was answered is here until it is over, so that
-- nobody answers with the same again.
CREATE TABLE answered_challenges (
    id BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
