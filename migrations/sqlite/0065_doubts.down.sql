DROP INDEX punches_device;

--bun:split

ALTER TABLE punches DROP COLUMN device_hash;

--bun:split

ALTER TABLE punches DROP COLUMN shared_with;

--bun:split

ALTER TABLE punches DROP COLUMN moved_seconds;

--bun:split

ALTER TABLE punches DROP COLUMN moved_metres;

--bun:split

ALTER TABLE branches DROP COLUMN shared_devices;
