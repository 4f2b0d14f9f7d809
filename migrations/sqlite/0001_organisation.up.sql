-- Who works where and when. Instants are TEXT of the form 2026-11-23 01:02:03.456789+00:00, always UTC (trailing zeros of
-- the fraction may be missing, and it still sorts), dates are TEXT of the form 2026-11-23, booleans are 0 and 1.
-- Searches go through employees.search_text, which the program writes in lower case. AUTOINCREMENT, so that no id ever
-- means two things.
CREATE TABLE IF NOT EXISTS branches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  zone TEXT NOT NULL,
  sites TEXT NOT NULL,
  policy TEXT NOT NULL,
  active INTEGER NOT NULL
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS branches_code ON branches (code);

--bun:split

CREATE TABLE IF NOT EXISTS employees (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number TEXT NOT NULL,
  name TEXT NOT NULL,
  branch_id INTEGER NOT NULL,
  department TEXT NOT NULL,
  position TEXT NOT NULL,
  status TEXT NOT NULL,
  hired_on TEXT,
  left_on TEXT,
  search_text TEXT NOT NULL,
  plan_version INTEGER NOT NULL DEFAULT 0, -- raised with every change of the assignments, leaves and holidays that name the employee
  CONSTRAINT employees_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS employees_number ON employees (number);

--bun:split

CREATE INDEX IF NOT EXISTS employees_branch_status ON employees (branch_id, status);

--bun:split

-- Times of day and durations are minutes.
CREATE TABLE IF NOT EXISTS shifts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  start_minute INTEGER NOT NULL,
  end_minute INTEGER NOT NULL,
  opens_before INTEGER NOT NULL,
  closes_after INTEGER NOT NULL,
  late_grace INTEGER NOT NULL,
  early_grace INTEGER NOT NULL,
  break_minutes INTEGER NOT NULL,
  break_after INTEGER NOT NULL,
  half_day_below INTEGER NOT NULL,
  absent_below INTEGER NOT NULL,
  active INTEGER NOT NULL
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS shifts_code ON shifts (code);

--bun:split

-- pattern is a JSON array of shift ids, seven per week. phase numbers the week of the rotation that holds a fixed Monday:
-- assignments of equal pattern and phase plan every date alike, so that summaries can group by the two.
CREATE TABLE IF NOT EXISTS shift_assignments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  employee_id INTEGER NOT NULL,
  from_date TEXT NOT NULL,
  to_date TEXT,
  pattern TEXT NOT NULL,
  phase INTEGER NOT NULL,
  CONSTRAINT shift_assignments_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS shift_assignments_employee ON shift_assignments (employee_id, from_date);

--bun:split

-- Both ids NULL: the company's holiday.
CREATE TABLE IF NOT EXISTS holidays (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  holiday_date TEXT NOT NULL,
  name TEXT NOT NULL,
  branch_id INTEGER,
  employee_id INTEGER,
  working INTEGER NOT NULL,
  CONSTRAINT holidays_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id),
  CONSTRAINT holidays_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE INDEX IF NOT EXISTS holidays_employee ON holidays (employee_id, holiday_date);

--bun:split

CREATE INDEX IF NOT EXISTS holidays_branch ON holidays (branch_id);

--bun:split

CREATE TABLE IF NOT EXISTS leave_requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  employee_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  from_date TEXT NOT NULL,
  to_date TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  requested_by INTEGER,
  requested_at TEXT NOT NULL,
  decided_by INTEGER,
  decided_at TEXT,
  decision_note TEXT NOT NULL,
  CONSTRAINT leave_requests_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE INDEX IF NOT EXISTS leave_requests_employee ON leave_requests (employee_id, state, from_date);

--bun:split

CREATE INDEX IF NOT EXISTS leave_requests_state ON leave_requests (state, requested_at);

--bun:split

CREATE TABLE IF NOT EXISTS corrections (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  employee_id INTEGER NOT NULL,
  work_date TEXT NOT NULL,
  direction TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  requested_by INTEGER,
  requested_at TEXT NOT NULL,
  decided_by INTEGER,
  decided_at TEXT,
  decision_note TEXT NOT NULL,
  punch_id INTEGER,
  CONSTRAINT corrections_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE INDEX IF NOT EXISTS corrections_employee ON corrections (employee_id, work_date);

--bun:split

CREATE INDEX IF NOT EXISTS corrections_state ON corrections (state, requested_at);

--bun:split

-- One row. Its version rises in the transaction of every change to branches, shifts and the holidays of company and
-- branches, so that nodes know exactly when what they keep of these tables is out of date.
CREATE TABLE IF NOT EXISTS reference_version (
  id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;

--bun:split

INSERT OR IGNORE INTO reference_version (id, version) VALUES (1, 1);

--bun:split

-- One row: the oldest migration that a release must know to read this database. A migration that only adds leaves it
-- alone, so that nodes of the release before can start during a rolling update; one that removes or changes raises it.
CREATE TABLE IF NOT EXISTS schema_floor (
  id INTEGER NOT NULL,
  migration TEXT NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;

--bun:split

INSERT OR IGNORE INTO schema_floor (id, migration) VALUES (1, '0001');
