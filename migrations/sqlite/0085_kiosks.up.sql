-- Tablets at the gate. Without a token none is paired; the secret signs the codes on its screen, and is another with each pairing.
CREATE TABLE IF NOT EXISTS kiosks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  branch_id INTEGER NOT NULL,
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  secret BLOB NOT NULL,
  modes TEXT NOT NULL, -- qr, pin and badge, separated by blanks
  language TEXT NOT NULL,
  token_hash BLOB,
  code_hash BLOB, -- of the code that a tablet is paired with
  code_until TEXT,
  paired_at TEXT,
  last_seen_at TEXT,
  address TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  CONSTRAINT kiosks_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS kiosks_token ON kiosks (token_hash);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS kiosks_code ON kiosks (code_hash);

--bun:split

CREATE INDEX IF NOT EXISTS kiosks_branch ON kiosks (branch_id);

--bun:split

-- What people identify themselves with at kiosks.
CREATE TABLE IF NOT EXISTS employee_pins (
  employee_id INTEGER PRIMARY KEY,
  pin_hash TEXT NOT NULL,
  set_at TEXT NOT NULL,
  CONSTRAINT employee_pins_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE TABLE IF NOT EXISTS employee_badges (
  employee_id INTEGER PRIMARY KEY,
  card TEXT NOT NULL,
  card_key TEXT NOT NULL, -- the same for cards that read alike
  set_at TEXT NOT NULL,
  CONSTRAINT employee_badges_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS employee_badges_card ON employee_badges (card_key);
