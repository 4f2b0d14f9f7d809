-- Punches that somebody is to look at, what was decided about them, and what the company decided that reasons weigh: one that is not here
-- weighs what the program says. Punches from before have no row.
CREATE TABLE IF NOT EXISTS punch_reviews (
  punch_id INTEGER PRIMARY KEY,
  employee_id INTEGER NOT NULL,
  branch_id INTEGER NOT NULL, -- to which the work date belongs
  work_date TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  reasons TEXT NOT NULL, -- codes, separated by blanks
  state TEXT NOT NULL, -- open, accepted, refused or voided
  decided_by INTEGER,
  decided_at TEXT,
  note TEXT NOT NULL
);

--bun:split

-- For the list of a branch in its order, and for counting without a look at the rows.
CREATE INDEX IF NOT EXISTS punch_reviews_branch ON punch_reviews (state, branch_id, occurred_at, punch_id, reasons);

--bun:split

CREATE INDEX IF NOT EXISTS punch_reviews_time ON punch_reviews (state, occurred_at, punch_id);

--bun:split

CREATE INDEX IF NOT EXISTS punch_reviews_employee ON punch_reviews (employee_id, state, occurred_at, punch_id);

--bun:split

CREATE TABLE IF NOT EXISTS review_weights (
  reason TEXT NOT NULL PRIMARY KEY,
  weight INTEGER NOT NULL
);
