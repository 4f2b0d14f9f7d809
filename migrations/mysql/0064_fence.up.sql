-- The worst accuracy of a position that proves anything, in metres, and what about a punch is to be looked at again: codes,
-- separated by blanks, found when it arrived.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'branches' AND column_name = 'max_accuracy') = 0,
  'ALTER TABLE branches ADD COLUMN max_accuracy INT NOT NULL DEFAULT 150', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'punches' AND column_name = 'doubts') = 0,
  'ALTER TABLE punches ADD COLUMN doubts VARCHAR(200) NOT NULL DEFAULT ''''', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
