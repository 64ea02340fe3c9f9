-- One row for each use of an idempotency key, written with the change that the call has made. Neither the key nor
-- the body is kept, only HMACs of them. The answer is sealed, deleted after ten minutes and never in a backup.

CREATE TABLE idempotency_keys (
    verifier BLOB PRIMARY KEY,
    id BLOB NOT NULL,
    body BLOB NOT NULL,
    -- Whose answer it is: what ends the member's sessions takes it away.
    member_id BLOB,
    -- What was made, as in the audit record.
    targets TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    answer BLOB,
    -- Whether the answer was taken away; then it never comes back.
    closed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_member ON idempotency_keys (member_id) WHERE member_id IS NOT NULL;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_answers_by_age ON idempotency_keys (created_at) WHERE answer IS NOT NULL;
