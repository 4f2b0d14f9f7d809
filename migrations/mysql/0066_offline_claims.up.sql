-- What a branch does with punches that a device kept while it was offline: off, hours (taken up to so many hours later) or
-- approval. A claimed time that is not taken waits as a correction: why, and the key and hash of the request that brought it.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'branches' AND column_name = 'offline_policy') = 0,
  'ALTER TABLE branches ADD COLUMN offline_policy VARCHAR(16) NOT NULL DEFAULT ''hours'', ADD COLUMN offline_hours INT NOT NULL DEFAULT 12', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'corrections' AND column_name = 'claim') = 0,
  'ALTER TABLE corrections ADD COLUMN claim VARCHAR(32) NOT NULL DEFAULT '''', ADD COLUMN claim_key VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NULL, ADD COLUMN claim_hash BINARY(16) NULL, ADD UNIQUE KEY corrections_claim_key (employee_id, claim_key)', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
