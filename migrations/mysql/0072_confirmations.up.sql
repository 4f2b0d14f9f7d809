-- When the user of a session last proved again who they are, for what is dangerous; NULL: not since it began.
-- As in 0017: MySQL commits a change of a table at once, so that it must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'sessions' AND column_name = 'confirmed_at') = 0,
  'ALTER TABLE sessions ADD COLUMN confirmed_at DATETIME(6) NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
