-- Where people may punch beside the sites: networks, what becomes of punches from others, and branches whose places count, too.
-- Lists are JSON. Of a punch from elsewhere the address is kept.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'branches' AND column_name = 'networks') = 0,
  'ALTER TABLE branches ADD COLUMN networks VARCHAR(3000) NOT NULL DEFAULT ''[]'', ADD COLUMN network_policy VARCHAR(16) NOT NULL DEFAULT ''record'', ADD COLUMN also_at VARCHAR(1200) NOT NULL DEFAULT ''[]''', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'punches' AND column_name = 'foreign_address') = 0,
  'ALTER TABLE punches ADD COLUMN foreign_address VARCHAR(45) NOT NULL DEFAULT ''''', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
