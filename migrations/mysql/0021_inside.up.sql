-- Whether the last punch of a day that counts led in, while the day goes on: who came back after going out is inside, too.
-- MySQL knows no ADD COLUMN IF NOT EXISTS: after a process that died before it noted the migration as done, the change is
-- there already.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'attendances' AND column_name = 'inside') = 0,
  'ALTER TABLE attendances ADD COLUMN inside BOOLEAN NOT NULL DEFAULT FALSE', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

UPDATE attendances SET inside = TRUE
WHERE work_date >= DATE_SUB(UTC_DATE(), INTERVAL 2 DAY) AND first_in IS NOT NULL AND last_out IS NULL
  AND status <> 'incomplete';
