-- The key before the present one signs beside it until this instant, so that receivers can change over.
-- MySQL commits a change of a table at once and knows no ADD COLUMN IF NOT EXISTS: after a process that died before it noted the
-- migration as done, the change is there already.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'webhook_endpoints' AND column_name = 'previous_secret') = 0,
  'ALTER TABLE webhook_endpoints ADD COLUMN previous_secret VARCHAR(100) NOT NULL DEFAULT '''', ADD COLUMN previous_until DATETIME(6) NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
