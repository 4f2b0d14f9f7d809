-- Files of employees and punches that somebody uploaded: looked at first, then written by a task. The file goes when its import ends.
CREATE TABLE IF NOT EXISTS file_imports (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL, -- employees or punches
  options TEXT NOT NULL, -- JSON
  file_name VARCHAR(200) NOT NULL,
  file MEDIUMBLOB NOT NULL,
  state VARCHAR(16) NOT NULL,
  reason VARCHAR(64) NOT NULL,
  line_count BIGINT NOT NULL,
  done_line BIGINT NOT NULL, -- of the file; what comes after it is still to do
  created_count BIGINT NOT NULL,
  updated_count BIGINT NOT NULL,
  unchanged_count BIGINT NOT NULL,
  rejected_count BIGINT NOT NULL,
  rejections MEDIUMTEXT NOT NULL, -- one JSON object a line
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY file_imports_created (created_at),
  KEY file_imports_user (user_id, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
