-- Whom a report is about, so that lists can be limited to what a reader may see, and which run of its task may write:
-- a worker that was thought dead must not add to the file of the one that took over.
-- MySQL commits a change of a table at once and knows no ADD COLUMN IF NOT EXISTS: after a process that died before it noted the
-- migration as done, the change is there already.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'reports' AND column_name = 'attempt') = 0,
  'ALTER TABLE reports ADD COLUMN branch_id BIGINT NOT NULL DEFAULT 0, ADD COLUMN employee_id BIGINT NOT NULL DEFAULT 0, ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
