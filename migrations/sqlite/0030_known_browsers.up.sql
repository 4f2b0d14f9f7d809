-- Browsers in which a user signed in before: typing errors of others do not slow them down. Only hashes of tokens are kept.
CREATE TABLE IF NOT EXISTS known_browsers (
  token_hash BLOB NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  last_at TEXT NOT NULL,
  PRIMARY KEY (token_hash)
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS known_browsers_user ON known_browsers (user_id, last_at);

--bun:split

CREATE INDEX IF NOT EXISTS known_browsers_last ON known_browsers (last_at);
