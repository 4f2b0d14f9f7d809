-- The audit log's chain goes on with a key that lies outside of the database. Entries from before keep their hashes; what may have to be
-- removed later as personal data is in the chain by a proof of it. MySQL knows no ADD COLUMN IF NOT EXISTS: after a process that died
-- before it noted the migration as done, the change is there already.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'audit_log' AND column_name = 'key_id') = 0,
  'ALTER TABLE audit_log ADD COLUMN key_id VARCHAR(16) NOT NULL DEFAULT '''', ADD COLUMN address_proof VARBINARY(32) NULL, ADD COLUMN content_proof VARBINARY(32) NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

-- When the whole log was last looked at, how far it was whole, and what was wrong.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'audit_head' AND column_name = 'key_id') = 0,
  'ALTER TABLE audit_head ADD COLUMN key_id VARCHAR(16) NOT NULL DEFAULT '''', ADD COLUMN verified_at DATETIME(6) NULL, ADD COLUMN verified_last BIGINT NOT NULL DEFAULT 0, ADD COLUMN verified_fault VARCHAR(16) NOT NULL DEFAULT ''''', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
