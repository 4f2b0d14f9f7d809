ALTER TABLE punches DROP KEY punches_line_key, DROP COLUMN line_key;
