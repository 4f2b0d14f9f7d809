-- Who somebody is to an OpenID Connect provider, and whose account that opens. An account has one identity of each provider.
CREATE TABLE IF NOT EXISTS identities (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL,
  last_used_at TEXT,
  CONSTRAINT identities_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS identities_subject ON identities (issuer, subject);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS identities_user ON identities (user_id, issuer);

--bun:split

-- The identity of a sign-in that waits for the second factor. It is linked only once that was given.
CREATE TABLE IF NOT EXISTS pending_identities (
  token_hash BLOB NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (token_hash),
  CONSTRAINT pending_identities_fk FOREIGN KEY (token_hash) REFERENCES pending_sign_ins (token_hash) ON DELETE CASCADE
) WITHOUT ROWID;
