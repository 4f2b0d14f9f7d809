-- Terminals that push their punches, and what waits for somebody's decision. A terminal without a branch is one that nobody has accepted yet.
CREATE TABLE IF NOT EXISTS terminals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  serial TEXT NOT NULL,
  name TEXT NOT NULL,
  branch_id INTEGER,
  site TEXT NOT NULL,
  zone TEXT NOT NULL,
  direction TEXT NOT NULL,
  pin_format TEXT NOT NULL,
  networks TEXT NOT NULL,
  state TEXT NOT NULL,
  address TEXT NOT NULL,
  model TEXT NOT NULL,
  firmware TEXT NOT NULL,
  attlog_stamp TEXT NOT NULL,
  operlog_stamp TEXT NOT NULL,
  drift_seconds INTEGER,
  created_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  last_punch_at TEXT,
  CONSTRAINT terminals_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS terminals_serial ON terminals (serial);

--bun:split

CREATE INDEX IF NOT EXISTS terminals_branch ON terminals (branch_id);

--bun:split

-- Whom a PIN means on one terminal, where it is not the employee number, and meant: a terminal may send its whole log again, and what was
-- punched before a PIN was taken back is whose it was.
CREATE TABLE IF NOT EXISTS terminal_pins (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  terminal_id INTEGER NOT NULL,
  pin TEXT NOT NULL,
  employee_id INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  ended_at TEXT,
  CONSTRAINT terminal_pins_terminal_fk FOREIGN KEY (terminal_id) REFERENCES terminals (id) ON DELETE CASCADE,
  CONSTRAINT terminal_pins_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE INDEX IF NOT EXISTS terminal_pins_pin ON terminal_pins (terminal_id, pin);

--bun:split

CREATE INDEX IF NOT EXISTS terminal_pins_employee ON terminal_pins (employee_id);

--bun:split

-- Lines that could not be recorded, each once however often a terminal sends it. No foreign key: those of a terminal that was removed go by
-- their age, not all at once.
CREATE TABLE IF NOT EXISTS terminal_lines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  terminal_id INTEGER NOT NULL,
  line_hash BLOB NOT NULL,
  pin TEXT NOT NULL,
  punched_at TEXT NOT NULL,
  status TEXT NOT NULL,
  verify TEXT NOT NULL,
  line TEXT NOT NULL,
  reason TEXT NOT NULL,
  discarded BOOLEAN NOT NULL,
  created_at TEXT NOT NULL
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS terminal_lines_once ON terminal_lines (terminal_id, line_hash);

--bun:split

CREATE INDEX IF NOT EXISTS terminal_lines_waiting ON terminal_lines (terminal_id, discarded, id);

--bun:split

CREATE INDEX IF NOT EXISTS terminal_lines_created ON terminal_lines (created_at);

--bun:split

CREATE TABLE IF NOT EXISTS terminal_commands (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  terminal_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  command TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  result INTEGER,
  created_at TEXT NOT NULL,
  sent_at TEXT,
  answered_at TEXT
);

--bun:split

CREATE INDEX IF NOT EXISTS terminal_commands_terminal ON terminal_commands (terminal_id, id);

--bun:split

CREATE INDEX IF NOT EXISTS terminal_commands_state ON terminal_commands (state, terminal_id, id);

--bun:split

CREATE INDEX IF NOT EXISTS terminal_commands_created ON terminal_commands (created_at);
