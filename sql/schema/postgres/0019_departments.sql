-- Departments: the tree of an organization, who is in which, and who administers which with those below.

CREATE TABLE departments (
    id BYTEA PRIMARY KEY,
    organization_id BYTEA NOT NULL REFERENCES organizations (id),
    parent_id BYTEA REFERENCES departments (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX departments_by_organization ON departments (organization_id, id);
CREATE INDEX departments_by_parent ON departments (parent_id, id);

CREATE TABLE department_members (
    member_id BYTEA NOT NULL REFERENCES members (id),
    department_id BYTEA NOT NULL REFERENCES departments (id),
    PRIMARY KEY (member_id, department_id)
);
CREATE INDEX department_members_by_department ON department_members (department_id, member_id);

CREATE TABLE department_admins (
    member_id BYTEA NOT NULL REFERENCES members (id),
    department_id BYTEA NOT NULL REFERENCES departments (id),
    PRIMARY KEY (member_id, department_id)
);
CREATE INDEX department_admins_by_department ON department_admins (department_id, member_id);
