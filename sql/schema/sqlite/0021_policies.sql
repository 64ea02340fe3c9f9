-- The policy of an organization, and the departments that it names. What holds for members follows from it and from the
-- tree of departments: the version is of both together.

ALTER TABLE organizations ADD COLUMN rules_version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE policies (
    organization_id BLOB PRIMARY KEY REFERENCES organizations (id),
    policy TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_departments (
    department_id BLOB PRIMARY KEY REFERENCES departments (id),
    organization_id BLOB NOT NULL REFERENCES organizations (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_departments_by_organization ON policy_departments (organization_id);

-- Departments that were there before count.
UPDATE organizations SET rules_version = 1
WHERE EXISTS (SELECT 1 FROM departments d WHERE d.organization_id = organizations.id);
