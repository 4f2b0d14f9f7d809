DROP INDEX IF EXISTS terminal_commands_employee;

--bun:split

ALTER TABLE terminal_commands DROP COLUMN employee_id;
