-- Which pepper the verifiers of service keys are under: it cannot be retired while they are. Until now there was one,
-- and its number is 1. Recovery codes are under a key that is never retired.

ALTER TABLE service_keys ADD COLUMN pepper_id INTEGER NOT NULL DEFAULT 1;
