-- Who somebody is to an OpenID Connect provider, and whose account that opens. An account has one identity of each provider.
CREATE TABLE IF NOT EXISTS identities (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  issuer VARCHAR(255) NOT NULL,
  subject VARCHAR(255) NOT NULL,
  name VARCHAR(200) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  last_used_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY identities_subject (issuer, subject),
  UNIQUE KEY identities_user (user_id, issuer),
  CONSTRAINT identities_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- The identity of a sign-in that waits for the second factor. It is linked only once that was given.
CREATE TABLE IF NOT EXISTS pending_identities (
  token_hash BINARY(32) NOT NULL,
  issuer VARCHAR(255) NOT NULL,
  subject VARCHAR(255) NOT NULL,
  name VARCHAR(200) NOT NULL,
  PRIMARY KEY (token_hash),
  CONSTRAINT pending_identities_fk FOREIGN KEY (token_hash) REFERENCES pending_sign_ins (token_hash) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
