-- Whether the last punch of a day that counts led in, while the day goes on: who came back after going out is inside, too.
ALTER TABLE attendances ADD COLUMN inside INTEGER NOT NULL DEFAULT 0;

--bun:split

UPDATE attendances SET inside = 1
WHERE work_date >= date('now', '-2 day') AND first_in IS NOT NULL AND last_out IS NULL AND status <> 'incomplete';
