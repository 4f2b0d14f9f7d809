-- What a shift takes off as break: a fixed one as before, what was punched with a minimum, or the longer of both.
-- MySQL commits a change of a table at once and knows no ADD COLUMN IF NOT EXISTS: after a process that died before it noted the
-- migration as done, the change is there already.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'shifts' AND column_name = 'break_mode') = 0,
  'ALTER TABLE shifts ADD COLUMN break_mode VARCHAR(16) NOT NULL DEFAULT ''fixed'', ADD COLUMN break_minimum INT NOT NULL DEFAULT 0', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
