ALTER TABLE corrections DROP COLUMN device_hash, DROP COLUMN foreign_address, DROP COLUMN shared_with, DROP COLUMN moved_seconds, DROP COLUMN moved_metres, DROP COLUMN doubts, DROP COLUMN outside_area, DROP COLUMN distance, DROP COLUMN accuracy, DROP COLUMN longitude, DROP COLUMN latitude, DROP COLUMN device, DROP COLUMN source;

--bun:split

DELETE FROM retention_marks WHERE name = 'claims';
