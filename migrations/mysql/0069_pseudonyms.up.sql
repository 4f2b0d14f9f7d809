-- Leavers who were forgotten: which, when, by whom and why. Their rows elsewhere have a pseudonym.
CREATE TABLE IF NOT EXISTS pseudonyms (
  employee_id BIGINT NOT NULL,
  made_at DATETIME(6) NOT NULL,
  user_id BIGINT NOT NULL, -- 0: the system
  reason VARCHAR(500) NOT NULL,
  PRIMARY KEY (employee_id),
  CONSTRAINT pseudonyms_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
