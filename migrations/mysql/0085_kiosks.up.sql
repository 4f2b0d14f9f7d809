-- Tablets at the gate. Without a token none is paired; the secret signs the codes on its screen, and is another with each pairing.
CREATE TABLE IF NOT EXISTS kiosks (
  id BIGINT NOT NULL AUTO_INCREMENT,
  branch_id BIGINT NOT NULL,
  site VARCHAR(100) NOT NULL,
  name VARCHAR(100) NOT NULL,
  secret BINARY(32) NOT NULL,
  modes VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- qr, pin and badge, separated by blanks
  language VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  token_hash BINARY(32) NULL,
  code_hash BINARY(32) NULL, -- of the code that a tablet is paired with
  code_until DATETIME(6) NULL,
  paired_at DATETIME(6) NULL,
  last_seen_at DATETIME(6) NULL,
  address VARCHAR(45) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY kiosks_token (token_hash),
  UNIQUE KEY kiosks_code (code_hash),
  KEY kiosks_branch (branch_id),
  CONSTRAINT kiosks_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

-- What people identify themselves with at kiosks.
CREATE TABLE IF NOT EXISTS employee_pins (
  employee_id BIGINT NOT NULL,
  pin_hash VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  set_at DATETIME(6) NOT NULL,
  PRIMARY KEY (employee_id),
  CONSTRAINT employee_pins_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS employee_badges (
  employee_id BIGINT NOT NULL,
  card VARCHAR(64) NOT NULL,
  card_key VARCHAR(190) NOT NULL, -- the same for cards that read alike
  set_at DATETIME(6) NOT NULL,
  PRIMARY KEY (employee_id),
  UNIQUE KEY employee_badges_card (card_key),
  CONSTRAINT employee_badges_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
