-- Leavers who were forgotten: which, when, by whom and why. Their rows elsewhere have a pseudonym.
CREATE TABLE IF NOT EXISTS pseudonyms (
  employee_id INTEGER PRIMARY KEY,
  made_at TEXT NOT NULL,
  user_id INTEGER NOT NULL, -- 0: the system
  reason TEXT NOT NULL,
  CONSTRAINT pseudonyms_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);
