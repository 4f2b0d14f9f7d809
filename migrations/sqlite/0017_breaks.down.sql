ALTER TABLE shifts DROP COLUMN break_minimum;

--bun:split

ALTER TABLE shifts DROP COLUMN break_mode;
