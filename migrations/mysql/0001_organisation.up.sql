-- Who works where and when. Every string compares byte by byte (utf8mb4_bin), as it does in SQLite; searches go through
-- employees.search_text, which the program writes in lower case. Instants are UTC.
CREATE TABLE IF NOT EXISTS branches (
  id BIGINT NOT NULL AUTO_INCREMENT,
  code VARCHAR(32) NOT NULL,
  name VARCHAR(200) NOT NULL,
  zone VARCHAR(64) NOT NULL,
  sites TEXT NOT NULL,
  policy VARCHAR(16) NOT NULL,
  active BOOLEAN NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY branches_code (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS employees (
  id BIGINT NOT NULL AUTO_INCREMENT,
  number VARCHAR(64) NOT NULL,
  name VARCHAR(200) NOT NULL,
  branch_id BIGINT NOT NULL,
  department VARCHAR(100) NOT NULL,
  position VARCHAR(100) NOT NULL,
  status VARCHAR(16) NOT NULL,
  hired_on DATE NULL,
  left_on DATE NULL,
  search_text VARCHAR(600) NOT NULL,
  plan_version BIGINT NOT NULL DEFAULT 0, -- raised with every change of the assignments, leaves and holidays that name the employee
  PRIMARY KEY (id),
  UNIQUE KEY employees_number (number),
  KEY employees_branch_status (branch_id, status),
  CONSTRAINT employees_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- Times of day and durations are minutes.
CREATE TABLE IF NOT EXISTS shifts (
  id BIGINT NOT NULL AUTO_INCREMENT,
  code VARCHAR(32) NOT NULL,
  name VARCHAR(100) NOT NULL,
  start_minute INT NOT NULL,
  end_minute INT NOT NULL,
  opens_before INT NOT NULL,
  closes_after INT NOT NULL,
  late_grace INT NOT NULL,
  early_grace INT NOT NULL,
  break_minutes INT NOT NULL,
  break_after INT NOT NULL,
  half_day_below INT NOT NULL,
  absent_below INT NOT NULL,
  active BOOLEAN NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY shifts_code (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- pattern is a JSON array of shift ids, seven per week. phase numbers the week of the rotation that holds a fixed Monday:
-- assignments of equal pattern and phase plan every date alike, so that summaries can group by the two.
CREATE TABLE IF NOT EXISTS shift_assignments (
  id BIGINT NOT NULL AUTO_INCREMENT,
  employee_id BIGINT NOT NULL,
  from_date DATE NOT NULL,
  to_date DATE NULL,
  pattern VARCHAR(2000) NOT NULL,
  phase INT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY shift_assignments_employee (employee_id, from_date),
  CONSTRAINT shift_assignments_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- Both ids NULL: the company's holiday.
CREATE TABLE IF NOT EXISTS holidays (
  id BIGINT NOT NULL AUTO_INCREMENT,
  holiday_date DATE NOT NULL,
  name VARCHAR(200) NOT NULL,
  branch_id BIGINT NULL,
  employee_id BIGINT NULL,
  working BOOLEAN NOT NULL,
  PRIMARY KEY (id),
  KEY holidays_employee (employee_id, holiday_date),
  KEY holidays_branch (branch_id),
  CONSTRAINT holidays_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id),
  CONSTRAINT holidays_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS leave_requests (
  id BIGINT NOT NULL AUTO_INCREMENT,
  employee_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  from_date DATE NOT NULL,
  to_date DATE NOT NULL,
  reason VARCHAR(500) NOT NULL,
  state VARCHAR(16) NOT NULL,
  requested_by BIGINT NULL,
  requested_at DATETIME(6) NOT NULL,
  decided_by BIGINT NULL,
  decided_at DATETIME(6) NULL,
  decision_note VARCHAR(500) NOT NULL,
  PRIMARY KEY (id),
  KEY leave_requests_employee (employee_id, state, from_date),
  KEY leave_requests_state (state, requested_at),
  CONSTRAINT leave_requests_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS corrections (
  id BIGINT NOT NULL AUTO_INCREMENT,
  employee_id BIGINT NOT NULL,
  work_date DATE NOT NULL,
  direction VARCHAR(12) NOT NULL,
  occurred_at DATETIME(6) NOT NULL,
  reason VARCHAR(500) NOT NULL,
  state VARCHAR(16) NOT NULL,
  requested_by BIGINT NULL,
  requested_at DATETIME(6) NOT NULL,
  decided_by BIGINT NULL,
  decided_at DATETIME(6) NULL,
  decision_note VARCHAR(500) NOT NULL,
  punch_id BIGINT NULL,
  PRIMARY KEY (id),
  KEY corrections_employee (employee_id, work_date),
  KEY corrections_state (state, requested_at),
  CONSTRAINT corrections_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- One row. Its version rises in the transaction of every change to branches, shifts and the holidays of company and
-- branches, so that nodes know exactly when what they keep of these tables is out of date.
CREATE TABLE IF NOT EXISTS reference_version (
  id INT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

INSERT IGNORE INTO reference_version (id, version) VALUES (1, 1);

--bun:split

-- One row: the oldest migration that a release must know to read this database. A migration that only adds leaves it
-- alone, so that nodes of the release before can start during a rolling update; one that removes or changes raises it.
CREATE TABLE IF NOT EXISTS schema_floor (
  id INT NOT NULL,
  migration VARCHAR(32) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

INSERT IGNORE INTO schema_floor (id, migration) VALUES (1, '0001');
