-- What makes a punch hard to believe: how fast its person must have been since another one, and who used the device before. Of the
-- device only a hash is kept. Branches say whether people share devices there.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'branches' AND column_name = 'shared_devices') = 0,
  'ALTER TABLE branches ADD COLUMN shared_devices BOOLEAN NOT NULL DEFAULT FALSE', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'punches' AND column_name = 'device_hash') = 0,
  'ALTER TABLE punches ADD COLUMN moved_metres INT NULL, ADD COLUMN moved_seconds INT NULL, ADD COLUMN shared_with BIGINT NULL, ADD COLUMN device_hash BINARY(16) NULL, ADD KEY punches_device (device_hash, received_at)', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
