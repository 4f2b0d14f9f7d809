-- What a shift takes off as break: a fixed one as before, what was punched with a minimum, or the longer of both.
ALTER TABLE shifts ADD COLUMN break_mode TEXT NOT NULL DEFAULT 'fixed';

--bun:split

ALTER TABLE shifts ADD COLUMN break_minimum INTEGER NOT NULL DEFAULT 0;
