-- Passkeys (WebAuthn): the public halves of key pairs, and the questions that one may answer once. Of a question only its hash is kept.
CREATE TABLE IF NOT EXISTS passkeys (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  name VARCHAR(100) NOT NULL,
  domain VARCHAR(255) NOT NULL,
  credential_id VARBINARY(1023) NOT NULL,
  public_key VARBINARY(2048) NOT NULL,
  sign_count BIGINT NOT NULL,
  synced BOOLEAN NOT NULL,
  transports VARCHAR(100) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY passkeys_credential (credential_id),
  KEY passkeys_user (user_id),
  CONSTRAINT passkeys_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- used_for and bound_to say what the answer is good for and in whose hands; asked_by is a hash of the network that asked, to bound how many
-- questions of one are open.
CREATE TABLE IF NOT EXISTS passkey_challenges (
  challenge_hash BINARY(32) NOT NULL,
  used_for VARCHAR(16) NOT NULL,
  user_id BIGINT NULL,
  bound_to BINARY(32) NOT NULL,
  asked_by BINARY(32) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  PRIMARY KEY (challenge_hash),
  KEY passkey_challenges_user (user_id),
  KEY passkey_challenges_asked (asked_by, expires_at),
  KEY passkey_challenges_expires (expires_at),
  CONSTRAINT passkey_challenges_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
