-- Files of employees and punches that somebody uploaded: looked at first, then written by a task. The file goes when its import ends.
CREATE TABLE IF NOT EXISTS file_imports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL,
  kind TEXT NOT NULL, -- employees or punches
  options TEXT NOT NULL, -- JSON
  file_name TEXT NOT NULL,
  file BLOB NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  line_count INTEGER NOT NULL,
  done_line INTEGER NOT NULL, -- of the file; what comes after it is still to do
  created_count INTEGER NOT NULL,
  updated_count INTEGER NOT NULL,
  unchanged_count INTEGER NOT NULL,
  rejected_count INTEGER NOT NULL,
  rejections TEXT NOT NULL, -- one JSON object a line
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
);

--bun:split

CREATE INDEX IF NOT EXISTS file_imports_created ON file_imports (created_at);

--bun:split

CREATE INDEX IF NOT EXISTS file_imports_user ON file_imports (user_id, state);
