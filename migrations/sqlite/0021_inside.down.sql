ALTER TABLE attendances DROP COLUMN inside;
