-- Who may sign in. Only hashes of tokens and of throttled keys are kept.
CREATE TABLE IF NOT EXISTS users (
  id BIGINT NOT NULL AUTO_INCREMENT,
  login VARCHAR(200) NOT NULL,
  name VARCHAR(200) NOT NULL,
  role VARCHAR(16) NOT NULL,
  employee_id BIGINT NULL,
  branch_ids TEXT NOT NULL,
  locale VARCHAR(8) NOT NULL,
  password_hash VARCHAR(255) NOT NULL,
  disabled_at DATETIME(6) NULL,
  created_at DATETIME(6) NOT NULL,
  search_text VARCHAR(401) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY users_login (login),
  KEY users_employee (employee_id),
  CONSTRAINT users_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS sessions (
  token_hash BINARY(32) NOT NULL,
  user_id BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  address VARCHAR(64) NOT NULL,
  user_agent VARCHAR(255) NOT NULL,
  PRIMARY KEY (token_hash),
  KEY sessions_user (user_id),
  KEY sessions_expires (expires_at),
  CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS api_tokens (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  name VARCHAR(100) NOT NULL,
  token_hash BINARY(32) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NULL,
  last_used_at DATETIME(6) NULL,
  revoked_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY api_tokens_hash (token_hash),
  KEY api_tokens_user (user_id),
  CONSTRAINT api_tokens_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS sign_in_failures (
  key_hash BINARY(32) NOT NULL,
  failures INT NOT NULL,
  blocked_until DATETIME(6) NULL,
  last_at DATETIME(6) NOT NULL,
  PRIMARY KEY (key_hash),
  KEY sign_in_failures_last (last_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- The program numbers the entries without gaps. No foreign keys: the log outlives what it speaks of.
CREATE TABLE IF NOT EXISTS audit_log (
  id BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  user_id BIGINT NOT NULL,
  action VARCHAR(64) NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  row_id VARCHAR(64) NOT NULL,
  before_json MEDIUMTEXT NULL,
  after_json MEDIUMTEXT NULL,
  address VARCHAR(64) NOT NULL,
  previous_hash BINARY(32) NOT NULL,
  hash BINARY(32) NOT NULL,
  PRIMARY KEY (id),
  KEY audit_log_row (table_name, row_id),
  KEY audit_log_user (user_id),
  KEY audit_log_time (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- One row: the end of the chain. Its lock puts appenders in line, and it gives away a log whose end was cut off.
CREATE TABLE IF NOT EXISTS audit_head (
  id INT NOT NULL,
  entry_id BIGINT NOT NULL,
  hash BINARY(32) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

INSERT IGNORE INTO audit_head (id, entry_id, hash)
VALUES (1, 0, X'0000000000000000000000000000000000000000000000000000000000000000');
