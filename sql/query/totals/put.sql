INSERT INTO totals (organization_id, counted_id, active, suspended, gone, secure_login, live, never_used, ended, as_of)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (organization_id, counted_id) DO UPDATE SET
    active = excluded.active, suspended = excluded.suspended, gone = excluded.gone,
    secure_login = excluded.secure_login, live = excluded.live, never_used = excluded.never_used,
    ended = excluded.ended, as_of = excluded.as_of
