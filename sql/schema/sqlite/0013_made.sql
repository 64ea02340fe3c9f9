-- A claim of an idempotency key says itself what its call made, by kind and id, and not by the targets of the audit record.

ALTER TABLE idempotency_keys RENAME COLUMN targets TO made;
