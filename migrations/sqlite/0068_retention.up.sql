-- How far the sweeps came that remove personal data by age: ids follow the time, so that what was passed is not looked at again.
CREATE TABLE IF NOT EXISTS retention_marks (
  name TEXT NOT NULL,
  done_through INTEGER NOT NULL,
  PRIMARY KEY (name)
) WITHOUT ROWID;

--bun:split

INSERT OR IGNORE INTO retention_marks (name, done_through) VALUES ('positions', 0), ('addresses', 0);
