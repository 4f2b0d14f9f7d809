-- The second factor of signing in: the secret of an authenticator app, sealed with a key that lies outside of the database where there is
-- one, recovery codes of which only hashes are kept, and sign-ins that wait for their code.
CREATE TABLE IF NOT EXISTS second_factors (
  user_id INTEGER PRIMARY KEY,
  secret TEXT NOT NULL,
  created_at TEXT NOT NULL,
  confirmed_at TEXT,
  last_step INTEGER NOT NULL,
  CONSTRAINT second_factors_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

--bun:split

CREATE TABLE IF NOT EXISTS recovery_codes (
  user_id INTEGER NOT NULL,
  code_hash BLOB NOT NULL,
  used_at TEXT,
  PRIMARY KEY (user_id, code_hash),
  CONSTRAINT recovery_codes_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;

--bun:split

CREATE TABLE IF NOT EXISTS pending_sign_ins (
  token_hash BLOB NOT NULL,
  user_id INTEGER NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (token_hash),
  CONSTRAINT pending_sign_ins_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS pending_sign_ins_user ON pending_sign_ins (user_id);

--bun:split

CREATE INDEX IF NOT EXISTS pending_sign_ins_expires ON pending_sign_ins (expires_at);

--bun:split

-- Since when a code is asked for.
ALTER TABLE users ADD COLUMN second_factor_at TEXT;
