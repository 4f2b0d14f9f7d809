ALTER TABLE terminal_commands DROP INDEX terminal_commands_employee, DROP COLUMN employee_id;
