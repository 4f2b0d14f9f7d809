-- What an employee number is compared by, so that no two read alike. The program fills it in after the migration; it
-- stays empty where numbers read alike already.
ALTER TABLE employees ADD COLUMN number_key TEXT NULL;

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS employees_number_key ON employees (number_key);
