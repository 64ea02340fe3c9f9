-- Run on a copy of a backup (main) beside the data that it is to replace (live): nothing that has ended there comes
-- back, and what protects is as it is there: secure login, a lower role, a suspension, factors. What is neither is as in
-- the backup.

UPDATE main.clock_mark SET high_water = max(high_water, (SELECT high_water FROM live.clock_mark));

-- Retired keys stay retired.
DELETE FROM main.keyring_checks WHERE key_id NOT IN (SELECT key_id FROM live.keyring_checks);

UPDATE main.organizations AS o
SET epoch = max(o.epoch, l.epoch),
    name = l.name,
    state = CASE WHEN l.state = 'dissolved' THEN l.state ELSE o.state END,
    -- The owner is the one of now, if the backup has them; none who has left.
    owner_id = CASE WHEN l.state = 'dissolved' THEN NULL
                    WHEN l.owner_id IN (SELECT id FROM main.members) THEN l.owner_id
                    WHEN o.owner_id IN (SELECT id FROM live.members WHERE state = 'left') THEN NULL
                    ELSE o.owner_id END,
    version = max(o.version, l.version) + 1, lock_version = o.lock_version + 1
FROM live.organizations AS l WHERE l.id = o.id;

INSERT INTO main.organization_ends SELECT * FROM live.organization_ends
WHERE organization_id IN (SELECT id FROM main.organizations)
ON CONFLICT DO NOTHING;

DELETE FROM main.domains AS d
WHERE organization_id IN (SELECT id FROM live.organizations)
  AND NOT EXISTS (SELECT 1 FROM live.domains AS l WHERE l.name = d.name AND l.organization_id = d.organization_id);

-- There is one owner, whoever of two the organization has.
UPDATE main.members SET role = 3
WHERE role = 4 AND id NOT IN (SELECT owner_id FROM main.organizations WHERE owner_id IS NOT NULL);

-- The account password is the one that holds now, and secure login is on or off as it is now. Of two roles the lower one
-- holds, and of auditors (1) and department administrators (2), neither of whom may do all that the other may, the one of
-- now. Owners (4) are as the organization has them.
UPDATE main.members AS m
SET epoch = max(m.epoch, l.epoch),
    role = CASE WHEN m.id IN (SELECT owner_id FROM main.organizations) THEN 4
                WHEN m.role IN (1, 2) AND l.role IN (1, 2) THEN l.role
                ELSE min(m.role, l.role, 3) END,
    state = CASE WHEN 'left' IN (m.state, l.state) THEN 'left'
                 WHEN m.id IN (SELECT owner_id FROM main.organizations) THEN l.state
                 WHEN 'suspended' IN (m.state, l.state) THEN 'suspended' ELSE 'active' END,
    secure_login = l.secure_login, secure_login_since = l.secure_login_since,
    secure_login_required = l.secure_login_required,
    password_hash = l.password_hash, last_sign_in_at = l.last_sign_in_at,
    version = max(m.version, l.version) + 1, lock_version = m.lock_version + 1
FROM live.members AS l WHERE l.id = m.id;

INSERT INTO main.member_ends SELECT * FROM live.member_ends
WHERE member_id IN (SELECT id FROM main.members)
ON CONFLICT DO NOTHING;

-- An earlier end keeps its own time and reason; of two dates the earlier one holds; scope and label are those that
-- were changed last. The verifier may have moved to a newer pepper.
UPDATE main.client_passwords AS p
SET verifier = l.verifier, pepper_id = l.pepper_id,
    label = CASE WHEN l.version > p.version THEN l.label ELSE p.label END,
    protocols = CASE WHEN l.version > p.version THEN l.protocols ELSE p.protocols END,
    networks = CASE WHEN l.version > p.version THEN l.networks ELSE p.networks END,
    expires_at = CASE WHEN l.expires_at IS NULL OR p.expires_at < l.expires_at THEN p.expires_at
                      ELSE l.expires_at END,
    overlap_until = CASE WHEN l.overlap_until IS NULL OR p.overlap_until < l.overlap_until THEN p.overlap_until
                         ELSE l.overlap_until END,
    ended_at = coalesce(p.ended_at, l.ended_at),
    ended_reason = CASE WHEN p.ended_at IS NULL THEN l.ended_reason ELSE p.ended_reason END,
    revocation_id = CASE WHEN p.ended_at IS NULL THEN l.revocation_id ELSE p.revocation_id END,
    replaced_by = coalesce(p.replaced_by, l.replaced_by),
    moved = p.moved | l.moved,
    watch_at = 0,
    version = max(p.version, l.version) + 1
FROM live.client_passwords AS l WHERE l.id = p.id;

-- Rows only go when they ended long ago.
UPDATE main.client_passwords
SET ended_at = (SELECT high_water FROM main.clock_mark), ended_reason = 'revoked_by_admin', version = version + 1
WHERE ended_at IS NULL AND id NOT IN (SELECT id FROM live.client_passwords);

-- What else opens something is as it is now, removed factors, used challenges, used codes and used recovery codes included.
DELETE FROM main.second_factors;
INSERT INTO main.second_factors SELECT * FROM live.second_factors
WHERE member_id IN (SELECT id FROM main.members);
DELETE FROM main.passkeys;
INSERT INTO main.passkeys SELECT * FROM live.passkeys
WHERE factor_id IN (SELECT id FROM main.second_factors);
DELETE FROM main.answered_challenges;
INSERT INTO main.answered_challenges SELECT * FROM live.answered_challenges;
DELETE FROM main.used_steps;
INSERT INTO main.used_steps SELECT * FROM live.used_steps
WHERE factor_id IN (SELECT id FROM main.second_factors);
DELETE FROM main.recovery_codes;
INSERT INTO main.recovery_codes SELECT * FROM live.recovery_codes
WHERE member_id IN (SELECT id FROM main.members);
DELETE FROM main.service_keys;
INSERT INTO main.service_keys SELECT * FROM live.service_keys
WHERE organization_id IS NULL OR organization_id IN (SELECT id FROM main.organizations);

-- Departments, who administers them and the policy are as they are now: what an administrator reaches hangs on them, and
-- what a member may do. The version is of none that was held.
DELETE FROM main.policy_departments WHERE organization_id IN (SELECT id FROM live.organizations);
DELETE FROM main.policies WHERE organization_id IN (SELECT id FROM live.organizations);
DELETE FROM main.department_members WHERE department_id IN
    (SELECT id FROM main.departments WHERE organization_id IN (SELECT id FROM live.organizations));
DELETE FROM main.department_admins WHERE department_id IN
    (SELECT id FROM main.departments WHERE organization_id IN (SELECT id FROM live.organizations));
DELETE FROM main.departments WHERE organization_id IN (SELECT id FROM live.organizations);
INSERT INTO main.departments SELECT * FROM live.departments
WHERE organization_id IN (SELECT id FROM main.organizations);
INSERT INTO main.policies SELECT * FROM live.policies
WHERE organization_id IN (SELECT id FROM main.organizations);
INSERT INTO main.policy_departments SELECT * FROM live.policy_departments
WHERE organization_id IN (SELECT id FROM main.organizations);
UPDATE main.organizations SET rules_version = rules_version + 1 + coalesce(
    (SELECT l.rules_version FROM live.organizations AS l WHERE l.id = organizations.id), 0);
INSERT INTO main.department_members SELECT * FROM live.department_members
WHERE member_id IN (SELECT id FROM main.members WHERE state <> 'left');
INSERT INTO main.department_admins SELECT * FROM live.department_admins
WHERE member_id IN (SELECT id FROM main.members WHERE role = 2 AND state <> 'left');

-- Bulk revocations are as they are now: one that was stopped stays so, and one that is running goes on from where it is.
DELETE FROM main.revocations WHERE organization_id IN (SELECT id FROM live.organizations);
INSERT INTO main.revocations SELECT * FROM live.revocations
WHERE organization_id IN (SELECT id FROM main.organizations);
DELETE FROM main.revocation_members WHERE revocation_id NOT IN
    (SELECT id FROM main.revocations EXCEPT SELECT id FROM live.revocations);
DELETE FROM main.revocation_departments WHERE revocation_id NOT IN
    (SELECT id FROM main.revocations EXCEPT SELECT id FROM live.revocations);
DELETE FROM main.revocation_targets WHERE revocation_id NOT IN
    (SELECT id FROM main.revocations EXCEPT SELECT id FROM live.revocations);
INSERT INTO main.revocation_members SELECT * FROM live.revocation_members
WHERE revocation_id IN (SELECT id FROM main.revocations);
INSERT INTO main.revocation_departments SELECT * FROM live.revocation_departments
WHERE revocation_id IN (SELECT id FROM main.revocations);
INSERT INTO main.revocation_targets SELECT * FROM live.revocation_targets
WHERE revocation_id IN (SELECT id FROM main.revocations);

-- Where members get in from is known as it is now.
DELETE FROM main.known_places;
INSERT INTO main.known_places SELECT * FROM live.known_places
WHERE member_id IN (SELECT id FROM main.members);

-- What happened since the backup has happened, and what was acknowledged stays so.
INSERT INTO main.audit_events SELECT * FROM live.audit_events WHERE 1 ON CONFLICT DO NOTHING;
INSERT INTO main.acknowledged_notices SELECT * FROM live.acknowledged_notices WHERE 1 ON CONFLICT DO NOTHING;

-- Nobody is warned twice.
INSERT INTO main.warnings SELECT * FROM live.warnings
WHERE client_password_id IN (SELECT id FROM main.client_passwords)
ON CONFLICT DO NOTHING;

-- What has still to be told of what ended here is told.
INSERT INTO main.outbox SELECT * FROM live.outbox;
UPDATE main.outbox_dates SET until = max(until, (SELECT until FROM live.outbox_dates));
