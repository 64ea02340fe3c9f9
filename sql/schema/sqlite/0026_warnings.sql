-- Whoever has a client password is warned before it ends by itself. `watch_at` says when a job has to look at it next: at
-- the next moment at which a warning or an idle end may be due, as far as was known at the last look. Whatever gives it
-- another date sets it to 0, which is at once; 9223372036854775807 is never.

ALTER TABLE client_passwords ADD COLUMN watch_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX client_passwords_by_watch ON client_passwords (watch_at, id)
WHERE watch_at < 9223372036854775807 AND ended_at IS NULL;

-- Warnings that were given: one for each client password, each date of its end and each threshold. They stay until that
-- date, so that nobody is warned twice.
CREATE TABLE warnings (
    client_password_id BLOB NOT NULL,
    ends_at INTEGER NOT NULL,
    -- So many days before.
    days INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    organization_id BLOB NOT NULL,
    -- What will end it: 'expired' or 'idle'.
    reason TEXT NOT NULL,
    -- Of an idle end: since when it has lain unused.
    unused_since INTEGER,
    warned_at INTEGER NOT NULL,
    PRIMARY KEY (client_password_id, ends_at, days)
) STRICT, WITHOUT ROWID;
CREATE INDEX warnings_by_organization ON warnings (organization_id, id);

-- An outbox row with days is a warning: of the end at `warns_of`. Its `ended_at` is when the warning was written.
ALTER TABLE outbox ADD COLUMN warns_of INTEGER;
ALTER TABLE outbox ADD COLUMN days INTEGER;

-- 1 while the policy has another idle end than the one by which the client passwords of its organization are watched.
ALTER TABLE policies ADD COLUMN unwatched INTEGER NOT NULL DEFAULT 0;
CREATE INDEX policies_unwatched ON policies (organization_id) WHERE unwatched = 1;
