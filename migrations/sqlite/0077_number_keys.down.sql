DROP INDEX employees_number_key;

--bun:split

ALTER TABLE employees DROP COLUMN number_key;
