-- Whom a command is about (employees.id), so that it goes where they are forgotten; NULL for nobody. Commands of before have nobody and go by
-- their age.
-- As in 0017: MySQL commits a change of a table at once, so that it must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'terminal_commands' AND column_name = 'employee_id') = 0,
  'ALTER TABLE terminal_commands ADD COLUMN employee_id BIGINT NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'terminal_commands' AND index_name = 'terminal_commands_employee') = 0,
  'CREATE INDEX terminal_commands_employee ON terminal_commands (employee_id)', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
