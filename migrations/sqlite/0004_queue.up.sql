-- What the queue is a copy of, and what became of it. The ids of outbox rows name tasks and are never used twice.
CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  trace TEXT NOT NULL,
  created_at TEXT NOT NULL,
  claimed_until TEXT
);

--bun:split

CREATE INDEX IF NOT EXISTS outbox_created ON outbox (created_at);

--bun:split

CREATE TABLE IF NOT EXISTS dead_letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id TEXT NOT NULL,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  payload BLOB NOT NULL,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  died_at TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  decided_by INTEGER,
  decided_at TEXT
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS dead_letters_task ON dead_letters (task_id, died_at);

--bun:split

CREATE INDEX IF NOT EXISTS dead_letters_state ON dead_letters (state);

--bun:split

CREATE TABLE IF NOT EXISTS task_outcomes (
  minute TEXT NOT NULL,
  queue TEXT NOT NULL,
  kind TEXT NOT NULL,
  succeeded INTEGER NOT NULL,
  died INTEGER NOT NULL,
  retried INTEGER NOT NULL,
  PRIMARY KEY (minute, queue, kind)
) WITHOUT ROWID;

--bun:split

-- The running processes, each with the last sign of its life.
CREATE TABLE IF NOT EXISTS nodes (
  id TEXT NOT NULL,
  role TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  started_at TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS nodes_last_seen ON nodes (last_seen);
