ALTER TABLE corrections DROP COLUMN void_punch_id;

--bun:split

ALTER TABLE file_imports DROP COLUMN notes, DROP COLUMN noted_count, DROP COLUMN replaced_count;

--bun:split

DROP TABLE IF EXISTS punch_voids;
