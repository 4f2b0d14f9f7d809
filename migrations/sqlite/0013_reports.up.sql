-- Whom a report is about, so that lists can be limited to what a reader may see, and which run of its task may write:
-- a worker that was thought dead must not add to the file of the one that took over.
ALTER TABLE reports ADD COLUMN branch_id INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE reports ADD COLUMN employee_id INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE reports ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
