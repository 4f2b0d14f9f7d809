-- The address that a forgotten password is asked for with: in lower case, so that no two accounts have the same, and since when it is known
-- to be the person's. Links that were mailed: only hashes of what is in them.
ALTER TABLE users ADD COLUMN email TEXT;

--bun:split

ALTER TABLE users ADD COLUMN email_verified_at TEXT;

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS users_email ON users (email);

--bun:split

CREATE TABLE IF NOT EXISTS password_resets (
  token_hash BLOB NOT NULL,
  user_id INTEGER NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (token_hash),
  CONSTRAINT password_resets_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS password_resets_user ON password_resets (user_id);

--bun:split

CREATE INDEX IF NOT EXISTS password_resets_expires ON password_resets (expires_at);

--bun:split

CREATE TABLE IF NOT EXISTS email_checks (
  token_hash BLOB NOT NULL,
  user_id INTEGER NOT NULL,
  email TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (token_hash),
  CONSTRAINT email_checks_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS email_checks_user ON email_checks (user_id);

--bun:split

CREATE INDEX IF NOT EXISTS email_checks_expires ON email_checks (expires_at);
