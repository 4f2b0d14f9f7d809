-- Who was forgotten stays so: the rows themselves say it, and every change of them is refused.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'employees' AND column_name = 'forgotten') = 0,
  'ALTER TABLE employees ADD COLUMN forgotten BOOLEAN NOT NULL DEFAULT FALSE', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'forgotten') = 0,
  'ALTER TABLE users ADD COLUMN forgotten BOOLEAN NOT NULL DEFAULT FALSE', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

UPDATE employees SET forgotten = TRUE WHERE id IN (SELECT p.employee_id FROM pseudonyms AS p);

--bun:split

UPDATE users SET forgotten = TRUE
WHERE password_hash = '!' AND disabled_at IS NOT NULL AND employee_id IN (SELECT p.employee_id FROM pseudonyms AS p);
