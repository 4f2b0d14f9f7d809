-- Punches that somebody is to look at, what was decided about them, and what the company decided that reasons weigh: one that is not here
-- weighs what the program says. Punches from before have no row.
CREATE TABLE IF NOT EXISTS punch_reviews (
  punch_id BIGINT NOT NULL,
  employee_id BIGINT NOT NULL,
  branch_id BIGINT NOT NULL, -- to which the work date belongs
  work_date DATE NOT NULL,
  occurred_at DATETIME(6) NOT NULL,
  reasons VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- codes, separated by blanks
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- open, accepted, refused or voided
  decided_by BIGINT NULL,
  decided_at DATETIME(6) NULL,
  note VARCHAR(500) NOT NULL,
  PRIMARY KEY (punch_id),
  -- For the list of a branch in its order, and for counting without a look at the rows.
  KEY punch_reviews_branch (state, branch_id, occurred_at, punch_id, reasons),
  KEY punch_reviews_time (state, occurred_at, punch_id),
  KEY punch_reviews_employee (employee_id, state, occurred_at, punch_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

CREATE TABLE IF NOT EXISTS review_weights (
  reason VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  weight INT NOT NULL,
  PRIMARY KEY (reason)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
