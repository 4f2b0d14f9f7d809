-- Whose decision it is that a terminal is the company's and how its lines are read (users.id); NULL for somebody's who is no employee, and once
-- somebody else has confirmed it. Terminals of before have nobody.
-- As in 0017: MySQL commits a change of a table at once, so that it must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'terminals' AND column_name = 'vouched_by') = 0,
  'ALTER TABLE terminals ADD COLUMN vouched_by BIGINT NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
