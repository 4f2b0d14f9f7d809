-- Who was forgotten stays so: the rows themselves say it, and every change of them is refused.
ALTER TABLE employees ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE users ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;

--bun:split

UPDATE employees SET forgotten = 1 WHERE id IN (SELECT p.employee_id FROM pseudonyms AS p);

--bun:split

UPDATE users SET forgotten = 1
WHERE password_hash = '!' AND disabled_at IS NOT NULL AND employee_id IN (SELECT p.employee_id FROM pseudonyms AS p);
