ALTER TABLE punches DROP KEY punches_device, DROP COLUMN device_hash, DROP COLUMN shared_with, DROP COLUMN moved_seconds, DROP COLUMN moved_metres;

--bun:split

ALTER TABLE branches DROP COLUMN shared_devices;
