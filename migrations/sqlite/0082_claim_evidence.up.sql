-- A claimed time that waits as a correction keeps what a punch has: where and by which device it was made, and what was doubted
-- about that. An empty source says that nothing was kept, as for what a person asked for. Positions go by age as those of punches.
ALTER TABLE corrections ADD COLUMN source TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE corrections ADD COLUMN device TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE corrections ADD COLUMN latitude REAL;

--bun:split

ALTER TABLE corrections ADD COLUMN longitude REAL;

--bun:split

ALTER TABLE corrections ADD COLUMN accuracy REAL;

--bun:split

ALTER TABLE corrections ADD COLUMN distance REAL;

--bun:split

ALTER TABLE corrections ADD COLUMN outside_area INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE corrections ADD COLUMN doubts TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE corrections ADD COLUMN moved_metres INTEGER;

--bun:split

ALTER TABLE corrections ADD COLUMN moved_seconds INTEGER;

--bun:split

ALTER TABLE corrections ADD COLUMN shared_with INTEGER;

--bun:split

ALTER TABLE corrections ADD COLUMN foreign_address TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE corrections ADD COLUMN device_hash BLOB;

--bun:split

INSERT OR IGNORE INTO retention_marks (name, done_through) VALUES ('claims', 0);
