-- What somebody discarded of a terminal that was removed, and what went with somebody who was forgotten: it does not come back when the terminal
-- is accepted again and sends its whole log. No more than the hash of a line is kept.
CREATE TABLE IF NOT EXISTS discarded_lines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  serial TEXT NOT NULL,
  line_hash BLOB NOT NULL
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS discarded_lines_once ON discarded_lines (serial, line_hash);
