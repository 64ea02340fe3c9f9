-- A longest life is written down as the date of each client password that would live longer. Until that is done the policy
-- is unsettled. What a policy says of how long ended client passwords are recognised is kept as a number as well.

ALTER TABLE policies ADD COLUMN unsettled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN tombstone_days BIGINT;
UPDATE policies SET unsettled = CASE WHEN policy::json ->> 'max_lifetime_days' IS NULL THEN 0 ELSE 1 END,
                    tombstone_days = (policy::json ->> 'tombstone_days')::BIGINT;
CREATE INDEX policies_unsettled ON policies (organization_id) WHERE unsettled = 1;

-- The version of the rules is part of a key: whoever changes the rules waits for a write that demands a version of them,
-- and whoever only locks the organization does not.
CREATE UNIQUE INDEX organizations_rules ON organizations (id, rules_version);
