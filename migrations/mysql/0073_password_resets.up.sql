-- The address that a forgotten password is asked for with: in lower case, so that no two accounts have the same, and since when it is known
-- to be the person's. Links that were mailed: only hashes of what is in them.
-- As in 0017: MySQL commits a change of a table at once, so that it must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users' AND column_name = 'email') = 0,
  'ALTER TABLE users ADD COLUMN email VARCHAR(254) NULL, ADD COLUMN email_verified_at DATETIME(6) NULL, ADD UNIQUE KEY users_email (email)', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;

--bun:split

CREATE TABLE IF NOT EXISTS password_resets (
  token_hash BINARY(32) NOT NULL,
  user_id BIGINT NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  PRIMARY KEY (token_hash),
  KEY password_resets_user (user_id),
  KEY password_resets_expires (expires_at),
  CONSTRAINT password_resets_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS email_checks (
  token_hash BINARY(32) NOT NULL,
  user_id BIGINT NOT NULL,
  email VARCHAR(254) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  PRIMARY KEY (token_hash),
  KEY email_checks_user (user_id),
  KEY email_checks_expires (expires_at),
  CONSTRAINT email_checks_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
