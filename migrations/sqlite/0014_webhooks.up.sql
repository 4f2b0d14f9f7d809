-- Whom to tell outside of Hadir, what was told, and what employees were reminded of.
CREATE TABLE IF NOT EXISTS webhook_endpoints (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  kinds TEXT NOT NULL,
  secret TEXT NOT NULL,
  active INTEGER NOT NULL,
  created_by INTEGER NOT NULL,
  created_at TEXT NOT NULL
);

--bun:split

-- No foreign key: what belongs to an endpoint that was deleted goes by its age, not all at once.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id TEXT NOT NULL,
  endpoint_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  last_status INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_at TEXT NOT NULL,
  attempted_at TEXT,
  claimed_until TEXT
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS webhook_deliveries_message ON webhook_deliveries (message_id);

--bun:split

CREATE INDEX IF NOT EXISTS webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, id);

--bun:split

CREATE INDEX IF NOT EXISTS webhook_deliveries_state ON webhook_deliveries (state, endpoint_id);

--bun:split

CREATE INDEX IF NOT EXISTS webhook_deliveries_created ON webhook_deliveries (created_at);

--bun:split

-- A row is also the proof that somebody was told: each employee of each kind and work date once.
CREATE TABLE IF NOT EXISTS notifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  employee_id INTEGER NOT NULL,
  work_date TEXT NOT NULL,
  kind TEXT NOT NULL,
  zone TEXT NOT NULL,
  due_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  read_at TEXT,
  mailed_at TEXT
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS notifications_once ON notifications (employee_id, work_date, kind);

--bun:split

CREATE INDEX IF NOT EXISTS notifications_employee ON notifications (employee_id, id);

--bun:split

CREATE INDEX IF NOT EXISTS notifications_created ON notifications (created_at);
