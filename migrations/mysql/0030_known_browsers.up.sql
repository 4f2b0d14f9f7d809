-- Browsers in which a user signed in before: typing errors of others do not slow them down. Only hashes of tokens are kept.
CREATE TABLE IF NOT EXISTS known_browsers (
  token_hash BINARY(32) NOT NULL,
  user_id BIGINT NOT NULL,
  last_at DATETIME(6) NOT NULL,
  PRIMARY KEY (token_hash),
  KEY known_browsers_user (user_id, last_at),
  KEY known_browsers_last (last_at),
  CONSTRAINT known_browsers_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
