-- Punches that count for nothing any more, why and since when. The punches themselves stay as they are.
CREATE TABLE IF NOT EXISTS punch_voids (
  punch_id BIGINT NOT NULL,
  voided_at DATETIME(6) NOT NULL,
  user_id BIGINT NOT NULL, -- 0: the system
  origin VARCHAR(16) NOT NULL, -- import, correction or owner
  ref_id BIGINT NOT NULL, -- of the import or correction; 0 for none
  reason VARCHAR(500) NOT NULL,
  PRIMARY KEY (punch_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- What an import remarks about lines that it took, and how many punches it reads anew. MySQL knows no ADD COLUMN IF NOT EXISTS:
-- after a process that died before it noted the migration as done, the change is there already.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'file_imports' AND column_name = 'notes') = 0,
  'ALTER TABLE file_imports ADD COLUMN replaced_count BIGINT NOT NULL DEFAULT 0, ADD COLUMN noted_count BIGINT NOT NULL DEFAULT 0, ADD COLUMN notes MEDIUMTEXT NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

-- The punch that a correction takes away; with a direction it also adds one, without it does not.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'corrections' AND column_name = 'void_punch_id') = 0,
  'ALTER TABLE corrections ADD COLUMN void_punch_id BIGINT NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
