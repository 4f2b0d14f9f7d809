-- Days up to and with this date are settled: they are flagged instead of changed.
-- MySQL commits a change of a table at once and knows no ADD COLUMN IF NOT EXISTS: after a process that died before it noted the
-- migration as done, the change is there already.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'branches' AND column_name = 'locked_through') = 0,
  'ALTER TABLE branches ADD COLUMN locked_through DATE NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
