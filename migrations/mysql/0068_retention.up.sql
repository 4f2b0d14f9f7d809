-- How far the sweeps came that remove personal data by age: ids follow the time, so that what was passed is not looked at again.
CREATE TABLE IF NOT EXISTS retention_marks (
  name VARCHAR(32) NOT NULL,
  done_through BIGINT NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

INSERT IGNORE INTO retention_marks (name, done_through) VALUES ('positions', 0), ('addresses', 0);
