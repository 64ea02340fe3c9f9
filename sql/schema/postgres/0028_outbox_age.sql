-- How long the oldest notice of each target has waited is one look, however many wait.

CREATE INDEX outbox_by_target_and_age ON outbox (target, ended_at);
