-- What an employee number is compared by, so that no two read alike. The program fills it in after the migration; it
-- stays empty where numbers read alike already.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'employees' AND column_name = 'number_key') = 0,
  'ALTER TABLE employees ADD COLUMN number_key VARCHAR(190) NULL, ADD UNIQUE KEY employees_number_key (number_key)', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
