-- Who may sign in. Only hashes of tokens and of throttled keys are kept.
CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  login TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  employee_id INTEGER,
  branch_ids TEXT NOT NULL,
  locale TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled_at TEXT,
  created_at TEXT NOT NULL,
  search_text TEXT NOT NULL,
  CONSTRAINT users_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS users_login ON users (login);

--bun:split

CREATE INDEX IF NOT EXISTS users_employee ON users (employee_id);

--bun:split

CREATE TABLE IF NOT EXISTS sessions (
  token_hash BLOB NOT NULL,
  user_id INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  PRIMARY KEY (token_hash),
  CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS sessions_user ON sessions (user_id);

--bun:split

CREATE INDEX IF NOT EXISTS sessions_expires ON sessions (expires_at);

--bun:split

CREATE TABLE IF NOT EXISTS api_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  token_hash BLOB NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT,
  last_used_at TEXT,
  revoked_at TEXT,
  CONSTRAINT api_tokens_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS api_tokens_hash ON api_tokens (token_hash);

--bun:split

CREATE INDEX IF NOT EXISTS api_tokens_user ON api_tokens (user_id);

--bun:split

CREATE TABLE IF NOT EXISTS sign_in_failures (
  key_hash BLOB NOT NULL,
  failures INTEGER NOT NULL,
  blocked_until TEXT,
  last_at TEXT NOT NULL,
  PRIMARY KEY (key_hash)
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS sign_in_failures_last ON sign_in_failures (last_at);

--bun:split

-- The program numbers the entries without gaps. No foreign keys: the log outlives what it speaks of.
CREATE TABLE IF NOT EXISTS audit_log (
  id INTEGER PRIMARY KEY,
  created_at TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  action TEXT NOT NULL,
  table_name TEXT NOT NULL,
  row_id TEXT NOT NULL,
  before_json TEXT,
  after_json TEXT,
  address TEXT NOT NULL,
  previous_hash BLOB NOT NULL,
  hash BLOB NOT NULL
);

--bun:split

CREATE INDEX IF NOT EXISTS audit_log_row ON audit_log (table_name, row_id);

--bun:split

CREATE INDEX IF NOT EXISTS audit_log_user ON audit_log (user_id);

--bun:split

CREATE INDEX IF NOT EXISTS audit_log_time ON audit_log (created_at);

--bun:split

-- One row: the end of the chain. It gives away a log whose end was cut off.
CREATE TABLE IF NOT EXISTS audit_head (
  id INTEGER NOT NULL,
  entry_id INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (id)
) WITHOUT ROWID;

--bun:split

INSERT OR IGNORE INTO audit_head (id, entry_id, hash)
VALUES (1, 0, X'0000000000000000000000000000000000000000000000000000000000000000');
