DROP INDEX punches_line_key;

--bun:split

ALTER TABLE punches DROP COLUMN line_key;
