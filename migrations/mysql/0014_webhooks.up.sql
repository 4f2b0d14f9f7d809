-- Whom to tell outside of Hadir, what was told, and what employees were reminded of.
CREATE TABLE IF NOT EXISTS webhook_endpoints (
  id BIGINT NOT NULL AUTO_INCREMENT,
  url VARCHAR(2000) NOT NULL,
  description VARCHAR(200) NOT NULL,
  kinds VARCHAR(500) NOT NULL,
  secret VARCHAR(100) NOT NULL,
  active BOOLEAN NOT NULL,
  created_by BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- No foreign key: what belongs to an endpoint that was deleted goes by its age, not all at once.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  id BIGINT NOT NULL AUTO_INCREMENT,
  message_id VARCHAR(64) NOT NULL,
  endpoint_id BIGINT NOT NULL,
  kind VARCHAR(64) NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  state VARCHAR(16) NOT NULL,
  attempts INT NOT NULL,
  last_status INT NOT NULL,
  last_error VARCHAR(500) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  attempted_at DATETIME(6) NULL,
  claimed_until DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY webhook_deliveries_message (message_id),
  KEY webhook_deliveries_endpoint (endpoint_id, id),
  KEY webhook_deliveries_state (state, endpoint_id),
  KEY webhook_deliveries_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- A row is also the proof that somebody was told: each employee of each kind and work date once.
CREATE TABLE IF NOT EXISTS notifications (
  id BIGINT NOT NULL AUTO_INCREMENT,
  employee_id BIGINT NOT NULL,
  work_date DATE NOT NULL,
  kind VARCHAR(32) NOT NULL,
  zone VARCHAR(64) NOT NULL,
  due_at DATETIME(6) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  read_at DATETIME(6) NULL,
  mailed_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY notifications_once (employee_id, work_date, kind),
  KEY notifications_employee (employee_id, id),
  KEY notifications_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
