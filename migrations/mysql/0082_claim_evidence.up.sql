-- A claimed time that waits as a correction keeps what a punch has: where and by which device it was made, and what was doubted
-- about that. An empty source says that nothing was kept, as for what a person asked for. Positions go by age as those of punches.
-- As in 0017: MySQL commits a change of a table at once, so that it must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'corrections' AND column_name = 'device_hash') = 0,
  'ALTER TABLE corrections ADD COLUMN source VARCHAR(16) NOT NULL DEFAULT '''', ADD COLUMN device VARCHAR(100) NOT NULL DEFAULT '''', ADD COLUMN latitude DOUBLE NULL, ADD COLUMN longitude DOUBLE NULL, ADD COLUMN accuracy DOUBLE NULL, ADD COLUMN distance DOUBLE NULL, ADD COLUMN outside_area BOOLEAN NOT NULL DEFAULT FALSE, ADD COLUMN doubts VARCHAR(200) NOT NULL DEFAULT '''', ADD COLUMN moved_metres INT NULL, ADD COLUMN moved_seconds INT NULL, ADD COLUMN shared_with BIGINT NULL, ADD COLUMN foreign_address VARCHAR(45) NOT NULL DEFAULT '''', ADD COLUMN device_hash BINARY(16) NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

INSERT IGNORE INTO retention_marks (name, done_through) VALUES ('claims', 0);
