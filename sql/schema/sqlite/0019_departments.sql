-- Departments: the tree of an organization, who is in which, and who administers which with those below.

CREATE TABLE departments (
    id BLOB PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations (id),
    parent_id BLOB REFERENCES departments (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE INDEX departments_by_organization ON departments (organization_id, id);
CREATE INDEX departments_by_parent ON departments (parent_id, id);

CREATE TABLE department_members (
    member_id BLOB NOT NULL REFERENCES members (id),
    department_id BLOB NOT NULL REFERENCES departments (id),
    PRIMARY KEY (member_id, department_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX department_members_by_department ON department_members (department_id, member_id);

CREATE TABLE department_admins (
    member_id BLOB NOT NULL REFERENCES members (id),
    department_id BLOB NOT NULL REFERENCES departments (id),
    PRIMARY KEY (member_id, department_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX department_admins_by_department ON department_admins (department_id, member_id);
