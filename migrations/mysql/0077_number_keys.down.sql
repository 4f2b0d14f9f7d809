ALTER TABLE employees DROP COLUMN number_key;
