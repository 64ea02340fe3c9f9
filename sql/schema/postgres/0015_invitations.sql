-- A member has at most one open invitation: a one-time link by which the account password is chosen. Of its token only
-- the HMAC is kept, under a key that is never retired: nobody uses the token before it is needed.

CREATE TABLE invitations (
    member_id BYTEA PRIMARY KEY REFERENCES members (id),
    id BYTEA NOT NULL UNIQUE,
    verifier BYTEA NOT NULL UNIQUE,
    -- The member or service key that made it: when that may no longer act, the link is dead.
    invited_by BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invitations_by_inviter ON invitations (invited_by);

-- Who has a password to lose is told of an invitation.
DROP VIEW notices;
CREATE VIEW notices AS
SELECT e.id, e.member_id, e.at, e.action, e.actor_kind, e.actor_id, a.acknowledged_at
FROM audit_events e LEFT JOIN acknowledged_notices a ON a.notice_id = e.id
WHERE (e.action IN ('account_password.changed', 'second_factor.removed', 'second_factors.removed', 'secure_login.off',
                    'data.restored')
       OR e.action = 'invitation.created' AND e.details LIKE '%"sign_in":"local"%')
  AND (e.actor_id IS NULL OR e.actor_id <> e.member_id);
