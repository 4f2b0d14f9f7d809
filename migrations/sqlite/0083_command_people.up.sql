-- Whom a command is about (employees.id), so that it goes where they are forgotten; NULL for nobody. Commands of before have nobody and go by
-- their age.
ALTER TABLE terminal_commands ADD COLUMN employee_id INTEGER NULL;

--bun:split

CREATE INDEX IF NOT EXISTS terminal_commands_employee ON terminal_commands (employee_id);
