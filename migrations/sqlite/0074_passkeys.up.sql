-- Passkeys (WebAuthn): the public halves of key pairs, and the questions that one may answer once. Of a question only its hash is kept.
CREATE TABLE IF NOT EXISTS passkeys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  domain TEXT NOT NULL,
  credential_id BLOB NOT NULL,
  public_key BLOB NOT NULL,
  sign_count INTEGER NOT NULL,
  synced BOOLEAN NOT NULL,
  transports TEXT NOT NULL,
  created_at TEXT NOT NULL,
  last_used_at TEXT,
  CONSTRAINT passkeys_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS passkeys_credential ON passkeys (credential_id);

--bun:split

CREATE INDEX IF NOT EXISTS passkeys_user ON passkeys (user_id);

--bun:split

-- used_for and bound_to say what the answer is good for and in whose hands; asked_by is a hash of the network that asked, to bound how many
-- questions of one are open.
CREATE TABLE IF NOT EXISTS passkey_challenges (
  challenge_hash BLOB NOT NULL,
  used_for TEXT NOT NULL,
  user_id INTEGER,
  bound_to BLOB NOT NULL,
  asked_by BLOB NOT NULL,
  expires_at TEXT NOT NULL,
  PRIMARY KEY (challenge_hash),
  CONSTRAINT passkey_challenges_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;

--bun:split

CREATE INDEX IF NOT EXISTS passkey_challenges_user ON passkey_challenges (user_id);

--bun:split

CREATE INDEX IF NOT EXISTS passkey_challenges_asked ON passkey_challenges (asked_by, expires_at);

--bun:split

CREATE INDEX IF NOT EXISTS passkey_challenges_expires ON passkey_challenges (expires_at);
