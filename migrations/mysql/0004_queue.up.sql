-- What the queue is a copy of, and what became of it. The ids of outbox rows name tasks and are never used twice; InnoDB
-- keeps the counter over restarts.
CREATE TABLE IF NOT EXISTS outbox (
  id BIGINT NOT NULL AUTO_INCREMENT,
  kind VARCHAR(64) NOT NULL,
  payload MEDIUMTEXT NOT NULL,
  trace VARCHAR(64) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  claimed_until DATETIME(6) NULL,
  PRIMARY KEY (id),
  KEY outbox_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS dead_letters (
  id BIGINT NOT NULL AUTO_INCREMENT,
  task_id VARCHAR(191) NOT NULL,
  queue VARCHAR(64) NOT NULL,
  kind VARCHAR(64) NOT NULL,
  payload MEDIUMBLOB NOT NULL,
  error TEXT NOT NULL,
  attempts INT NOT NULL,
  died_at DATETIME(6) NOT NULL,
  state VARCHAR(16) NOT NULL,
  reason VARCHAR(500) NOT NULL,
  decided_by BIGINT NULL,
  decided_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY dead_letters_task (task_id, died_at),
  KEY dead_letters_state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS task_outcomes (
  minute DATETIME(6) NOT NULL,
  queue VARCHAR(64) NOT NULL,
  kind VARCHAR(64) NOT NULL,
  succeeded BIGINT NOT NULL,
  died BIGINT NOT NULL,
  retried BIGINT NOT NULL,
  PRIMARY KEY (minute, queue, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- The running processes, each with the last sign of its life.
CREATE TABLE IF NOT EXISTS nodes (
  id VARCHAR(36) NOT NULL,
  role VARCHAR(32) NOT NULL,
  host VARCHAR(255) NOT NULL,
  pid INT NOT NULL,
  version VARCHAR(100) NOT NULL,
  started_at DATETIME(6) NOT NULL,
  last_seen DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY nodes_last_seen (last_seen)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
