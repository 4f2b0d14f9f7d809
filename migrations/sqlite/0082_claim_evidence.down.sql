ALTER TABLE corrections DROP COLUMN device_hash;

--bun:split

ALTER TABLE corrections DROP COLUMN foreign_address;

--bun:split

ALTER TABLE corrections DROP COLUMN shared_with;

--bun:split

ALTER TABLE corrections DROP COLUMN moved_seconds;

--bun:split

ALTER TABLE corrections DROP COLUMN moved_metres;

--bun:split

ALTER TABLE corrections DROP COLUMN doubts;

--bun:split

ALTER TABLE corrections DROP COLUMN outside_area;

--bun:split

ALTER TABLE corrections DROP COLUMN distance;

--bun:split

ALTER TABLE corrections DROP COLUMN accuracy;

--bun:split

ALTER TABLE corrections DROP COLUMN longitude;

--bun:split

ALTER TABLE corrections DROP COLUMN latitude;

--bun:split

ALTER TABLE corrections DROP COLUMN device;

--bun:split

ALTER TABLE corrections DROP COLUMN source;

--bun:split

DELETE FROM retention_marks WHERE name = 'claims';
