-- Terminals that push their punches, and what waits for somebody's decision. A terminal without a branch is one that nobody has accepted yet.
CREATE TABLE IF NOT EXISTS terminals (
  id BIGINT NOT NULL AUTO_INCREMENT,
  serial VARCHAR(64) NOT NULL,
  name VARCHAR(100) NOT NULL,
  branch_id BIGINT NULL,
  site VARCHAR(100) NOT NULL,
  zone VARCHAR(64) NOT NULL,
  direction VARCHAR(16) NOT NULL,
  pin_format VARCHAR(100) NOT NULL,
  networks VARCHAR(2000) NOT NULL,
  state VARCHAR(16) NOT NULL,
  address VARCHAR(45) NOT NULL,
  model VARCHAR(100) NOT NULL,
  firmware VARCHAR(100) NOT NULL,
  attlog_stamp VARCHAR(20) NOT NULL,
  operlog_stamp VARCHAR(20) NOT NULL,
  drift_seconds INT NULL,
  created_at DATETIME(6) NOT NULL,
  last_seen_at DATETIME(6) NOT NULL,
  last_punch_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY terminals_serial (serial),
  KEY terminals_branch (branch_id),
  CONSTRAINT terminals_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- Whom a PIN means on one terminal, where it is not the employee number, and meant: a terminal may send its whole log again, and what was
-- punched before a PIN was taken back is whose it was.
CREATE TABLE IF NOT EXISTS terminal_pins (
  id BIGINT NOT NULL AUTO_INCREMENT,
  terminal_id BIGINT NOT NULL,
  pin VARCHAR(64) NOT NULL,
  employee_id BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  ended_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY terminal_pins_pin (terminal_id, pin),
  KEY terminal_pins_employee (employee_id),
  CONSTRAINT terminal_pins_terminal_fk FOREIGN KEY (terminal_id) REFERENCES terminals (id) ON DELETE CASCADE,
  CONSTRAINT terminal_pins_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- Lines that could not be recorded, each once however often a terminal sends it. No foreign key: those of a terminal that was removed go by
-- their age, not all at once.
CREATE TABLE IF NOT EXISTS terminal_lines (
  id BIGINT NOT NULL AUTO_INCREMENT,
  terminal_id BIGINT NOT NULL,
  line_hash BINARY(16) NOT NULL,
  pin VARCHAR(64) NOT NULL,
  punched_at VARCHAR(19) NOT NULL,
  status VARCHAR(8) NOT NULL,
  verify VARCHAR(8) NOT NULL,
  line VARCHAR(120) NOT NULL,
  reason VARCHAR(32) NOT NULL,
  discarded BOOLEAN NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY terminal_lines_once (terminal_id, line_hash),
  KEY terminal_lines_waiting (terminal_id, discarded, id),
  KEY terminal_lines_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS terminal_commands (
  id BIGINT NOT NULL AUTO_INCREMENT,
  terminal_id BIGINT NOT NULL,
  kind VARCHAR(32) NOT NULL,
  command VARCHAR(300) NOT NULL,
  state VARCHAR(16) NOT NULL,
  attempts INT NOT NULL,
  result INT NULL,
  created_at DATETIME(6) NOT NULL,
  sent_at DATETIME(6) NULL,
  answered_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY terminal_commands_terminal (terminal_id, id),
  KEY terminal_commands_state (state, terminal_id, id),
  KEY terminal_commands_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
