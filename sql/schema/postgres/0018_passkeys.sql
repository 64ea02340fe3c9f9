-- A passkey is a second factor with a key in the place of a seed: its row of second_factors is the list, the limit and the
-- rule of the last factor, the row here is what its signatures are verified with.

CREATE TABLE passkeys (
    factor_id BYTEA PRIMARY KEY REFERENCES second_factors (id) ON DELETE CASCADE,
    credential_id BYTEA NOT NULL UNIQUE,
    -- The host of the pages that it was made for: it works there only.
    rp_id TEXT COLLATE "C" NOT NULL,
    algorithm BIGINT NOT NULL,
    public_key BYTEA NOT NULL,
    sign_count BIGINT NOT NULL
);

-- Challenges are sealed and kept by whoever is to answer them; one that was answered is here until it is over, so that
-- nobody answers with the same again.
CREATE TABLE answered_challenges (
    id BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
