-- What makes a punch hard to believe: how fast its person must have been since another one, and who used the device before. Of the
-- device only a hash is kept. Branches say whether people share devices there.
ALTER TABLE branches ADD COLUMN shared_devices INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE punches ADD COLUMN moved_metres INTEGER NULL;

--bun:split

ALTER TABLE punches ADD COLUMN moved_seconds INTEGER NULL;

--bun:split

ALTER TABLE punches ADD COLUMN shared_with INTEGER NULL;

--bun:split

ALTER TABLE punches ADD COLUMN device_hash BLOB NULL;

--bun:split

CREATE INDEX punches_device ON punches (device_hash, received_at) WHERE device_hash IS NOT NULL;
