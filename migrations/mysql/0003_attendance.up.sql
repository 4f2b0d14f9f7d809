-- Punches and the days made of them. Neither has foreign keys: an insert would take a shared lock on the branch's row
-- (a contended row: thousands of check-ins a second name the same one) to guard against deletions that the program never does.
-- The employee's row is locked by the program before it writes here, which also proves that it exists.
CREATE TABLE IF NOT EXISTS punches (
  id BIGINT NOT NULL AUTO_INCREMENT,
  employee_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL,
  zone VARCHAR(64) NOT NULL,
  direction VARCHAR(12) NOT NULL,
  occurred_at DATETIME(6) NOT NULL,
  received_at DATETIME(6) NOT NULL,
  claimed_at DATETIME(6) NULL,
  offline BOOLEAN NOT NULL,
  source VARCHAR(16) NOT NULL,
  device VARCHAR(100) NOT NULL,
  latitude DOUBLE NULL,
  longitude DOUBLE NULL,
  accuracy DOUBLE NULL,
  distance DOUBLE NULL,
  outside_area BOOLEAN NOT NULL,
  duplicate_of BIGINT NULL,
  note VARCHAR(500) NOT NULL,
  idempotency_key VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_hash BINARY(16) NOT NULL,
  answered_day TEXT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY punches_idempotency (employee_id, idempotency_key),
  KEY punches_employee_time (employee_id, occurred_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- Descending dates: the lists show the latest first and read the index as it lies.
CREATE TABLE IF NOT EXISTS attendances (
  employee_id BIGINT NOT NULL,
  work_date DATE NOT NULL,
  branch_id BIGINT NOT NULL,
  zone VARCHAR(64) NOT NULL,
  shift_id BIGINT NULL,
  shift_name VARCHAR(100) NOT NULL,
  shift_start DATETIME(6) NULL,
  shift_end DATETIME(6) NULL,
  window_opens DATETIME(6) NULL,
  window_closes DATETIME(6) NULL,
  first_in DATETIME(6) NULL,
  last_out DATETIME(6) NULL,
  status VARCHAR(16) NOT NULL,
  late_minutes INT NOT NULL,
  early_minutes INT NOT NULL,
  worked_minutes INT NOT NULL,
  overtime_minutes INT NOT NULL,
  flags VARCHAR(255) NOT NULL,
  punch_count INT NOT NULL,
  version BIGINT NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (employee_id, work_date),
  KEY attendances_branch_date (branch_id, work_date DESC, employee_id),
  KEY attendances_date (work_date DESC, employee_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS recaps (
  branch_id BIGINT NOT NULL,
  work_date DATE NOT NULL,
  headcount INT NOT NULL,
  counts TEXT NOT NULL,
  input_version BIGINT NOT NULL,
  computed_at DATETIME(6) NOT NULL,
  PRIMARY KEY (branch_id, work_date),
  CONSTRAINT recaps_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS reports (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  kind VARCHAR(32) NOT NULL,
  parameters TEXT NOT NULL,
  state VARCHAR(16) NOT NULL,
  progress INT NOT NULL,
  file_name VARCHAR(200) NOT NULL,
  media_type VARCHAR(100) NOT NULL,
  size BIGINT NOT NULL,
  error VARCHAR(500) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  finished_at DATETIME(6) NULL,
  expires_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY reports_user (user_id, created_at),
  KEY reports_expires (expires_at),
  CONSTRAINT reports_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS report_chunks (
  report_id BIGINT NOT NULL,
  seq INT NOT NULL,
  content MEDIUMBLOB NOT NULL,
  PRIMARY KEY (report_id, seq),
  CONSTRAINT report_chunks_report_fk FOREIGN KEY (report_id) REFERENCES reports (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
