-- What others did to a member's account stays in sight until a session acknowledges it that was proven with a second
-- factor confirmed before. So a session keeps what it was proven with; a recovery code counts as a factor that was
-- confirmed when the codes were made. What is not known is never taken for older than anything.

ALTER TABLE sessions ADD COLUMN proof TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN factor_id BYTEA;
ALTER TABLE sessions ADD COLUMN factor_confirmed_at BIGINT;

ALTER TABLE recovery_codes ADD COLUMN created_at BIGINT;
-- They came with the first factor, and none that is left was confirmed earlier.
UPDATE recovery_codes SET created_at = (
    SELECT min(f.confirmed_at) FROM second_factors f WHERE f.member_id = recovery_codes.member_id);

CREATE TABLE acknowledged_notices (
    -- The audit event that it was about.
    notice_id BYTEA PRIMARY KEY,
    acknowledged_at BIGINT NOT NULL
);

CREATE VIEW notices AS
SELECT e.id, e.member_id, e.at, e.action, e.actor_kind, e.actor_id, a.acknowledged_at
FROM audit_events e LEFT JOIN acknowledged_notices a ON a.notice_id = e.id
WHERE e.action IN ('account_password.changed', 'second_factor.removed', 'second_factors.removed', 'secure_login.off',
                   'data.restored')
  AND (e.actor_id IS NULL OR e.actor_id <> e.member_id);
