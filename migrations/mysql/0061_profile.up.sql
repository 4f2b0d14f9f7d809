-- Passwords that somebody else knows must be changed first; sessions end when nobody used them for a while.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'must_change_password') = 0,
  'ALTER TABLE users ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'sessions' AND column_name = 'idle_until') = 0,
  'ALTER TABLE sessions ADD COLUMN last_used_at DATETIME(6) NULL, ADD COLUMN idle_until DATETIME(6) NULL, ADD KEY sessions_idle (idle_until)', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
