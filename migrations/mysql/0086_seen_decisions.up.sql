-- When the employee was shown what somebody else decided; NULL for what is news to them. What was decided before this release is none.
-- As in 0017: MySQL commits a change of a table at once, so that it must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'leave_requests' AND column_name = 'seen_at') = 0,
  'ALTER TABLE leave_requests ADD COLUMN seen_at DATETIME(6) NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'corrections' AND column_name = 'seen_at') = 0,
  'ALTER TABLE corrections ADD COLUMN seen_at DATETIME(6) NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

UPDATE leave_requests SET seen_at = decided_at WHERE decided_at IS NOT NULL AND seen_at IS NULL;

--bun:split

UPDATE corrections SET seen_at = decided_at WHERE decided_at IS NOT NULL AND seen_at IS NULL;
