-- A line that a terminal pushed is one punch of one person, whatever people decide later about PINs, numbers and terminals: its hash is
-- there once. Other punches have none.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'punches' AND column_name = 'line_key') = 0,
  'ALTER TABLE punches ADD COLUMN line_key BINARY(16) NULL, ADD UNIQUE KEY punches_line_key (line_key)', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
