-- Punches that count for nothing any more, why and since when. The punches themselves stay as they are.
CREATE TABLE IF NOT EXISTS punch_voids (
  punch_id INTEGER PRIMARY KEY,
  voided_at TEXT NOT NULL,
  user_id INTEGER NOT NULL, -- 0: the system
  origin TEXT NOT NULL, -- import, correction or owner
  ref_id INTEGER NOT NULL, -- of the import or correction; 0 for none
  reason TEXT NOT NULL
);

--bun:split

-- What an import remarks about lines that it took, and how many punches it reads anew.
ALTER TABLE file_imports ADD COLUMN replaced_count INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE file_imports ADD COLUMN noted_count INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE file_imports ADD COLUMN notes TEXT;

--bun:split

-- The punch that a correction takes away; with a direction it also adds one, without it does not.
ALTER TABLE corrections ADD COLUMN void_punch_id INTEGER;
