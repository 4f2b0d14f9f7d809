-- Punches and the days made of them. Neither has foreign keys: every insert would look up two parents again to guard
-- against deletions that the program never does; it has just read the employee's row in the same transaction.
CREATE TABLE IF NOT EXISTS punches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  employee_id INTEGER NOT NULL,
  branch_id INTEGER NOT NULL,
  zone TEXT NOT NULL,
  direction TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  claimed_at TEXT,
  offline INTEGER NOT NULL,
  source TEXT NOT NULL,
  device TEXT NOT NULL,
  latitude REAL,
  longitude REAL,
  accuracy REAL,
  distance REAL,
  outside_area INTEGER NOT NULL,
  duplicate_of INTEGER,
  note TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  answered_day TEXT
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS punches_idempotency ON punches (employee_id, idempotency_key);

--bun:split

CREATE INDEX IF NOT EXISTS punches_employee_time ON punches (employee_id, occurred_at);

--bun:split

-- Descending dates: the lists show the latest first and read the index as it lies.
CREATE TABLE IF NOT EXISTS attendances (
  employee_id INTEGER NOT NULL,
  work_date TEXT NOT NULL,
  branch_id INTEGER NOT NULL,
  zone TEXT NOT NULL,
  shift_id INTEGER,
  shift_name TEXT NOT NULL,
  shift_start TEXT,
  shift_end TEXT,
  window_opens TEXT,
  window_closes TEXT,
  first_in TEXT,
  last_out TEXT,
  status TEXT NOT NULL,
  late_minutes INTEGER NOT NULL,
  early_minutes INTEGER NOT NULL,
  worked_minutes INTEGER NOT NULL,
  overtime_minutes INTEGER NOT NULL,
  flags TEXT NOT NULL,
  punch_count INTEGER NOT NULL,
  version INTEGER NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (employee_id, work_date)
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS attendances_branch_date ON attendances (branch_id, work_date DESC, employee_id);

--bun:split

CREATE INDEX IF NOT EXISTS attendances_date ON attendances (work_date DESC, employee_id);

--bun:split

CREATE TABLE IF NOT EXISTS recaps (
  branch_id INTEGER NOT NULL,
  work_date TEXT NOT NULL,
  headcount INTEGER NOT NULL,
  counts TEXT NOT NULL,
  input_version INTEGER NOT NULL,
  computed_at TEXT NOT NULL,
  PRIMARY KEY (branch_id, work_date),
  CONSTRAINT recaps_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
) WITHOUT ROWID;

--bun:split

CREATE TABLE IF NOT EXISTS reports (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  parameters TEXT NOT NULL,
  state TEXT NOT NULL,
  progress INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  error TEXT NOT NULL,
  created_at TEXT NOT NULL,
  finished_at TEXT,
  expires_at TEXT,
  CONSTRAINT reports_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
);

--bun:split

CREATE INDEX IF NOT EXISTS reports_user ON reports (user_id, created_at);

--bun:split

CREATE INDEX IF NOT EXISTS reports_expires ON reports (expires_at);

--bun:split

CREATE TABLE IF NOT EXISTS report_chunks (
  report_id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (report_id, seq),
  CONSTRAINT report_chunks_report_fk FOREIGN KEY (report_id) REFERENCES reports (id) ON DELETE CASCADE
);
