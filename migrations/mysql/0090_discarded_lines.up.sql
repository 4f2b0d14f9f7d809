-- What somebody discarded of a terminal that was removed, and what went with somebody who was forgotten: it does not come back when the terminal
-- is accepted again and sends its whole log. No more than the hash of a line is kept.
CREATE TABLE IF NOT EXISTS discarded_lines (
  id BIGINT NOT NULL AUTO_INCREMENT,
  serial VARCHAR(64) NOT NULL,
  line_hash BINARY(16) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY discarded_lines_once (serial, line_hash)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
