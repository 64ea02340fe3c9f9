-- Numbers of commits go by when they were last used, not by how old their connection is: one may be open for months.

ALTER TABLE commits ADD COLUMN used_at TIMESTAMPTZ NOT NULL DEFAULT now();
