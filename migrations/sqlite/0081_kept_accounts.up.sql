-- The last day of the account's employee after which somebody wants it open all the same (employees.left_on as it was then); NULL for none.
-- Until now accounts stayed open after a last day that was given without deactivating: those of people who do more than punch stay so, since
-- somebody should look.
ALTER TABLE users ADD COLUMN kept_after TEXT NULL;

--bun:split

UPDATE users SET kept_after = (SELECT e.left_on FROM employees AS e WHERE e.id = users.employee_id)
WHERE kept_after IS NULL AND role <> 'employee' AND EXISTS
  (SELECT 1 FROM employees AS e WHERE e.id = users.employee_id AND e.left_on < CURRENT_DATE);
