-- The last time steps whose codes were used, so that a code works once. Several, because the wall clock, by which codes
-- are judged, may have been wrong: a step of its false future must not stand in the way of the present.

CREATE TABLE used_steps (
    factor_id BLOB NOT NULL REFERENCES second_factors (id) ON DELETE CASCADE,
    nth INTEGER NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (factor_id, nth)
) STRICT, WITHOUT ROWID;
INSERT INTO used_steps (factor_id, nth, step)
SELECT id, 1, last_step FROM second_factors WHERE last_step IS NOT NULL;
ALTER TABLE second_factors DROP COLUMN last_step;
