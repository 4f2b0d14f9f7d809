-- Where an employee belongs from a date on, until the next row. employees keeps branch, department and position of the
-- present row. The first row holds since ever (1900-01-01); hired_on and left_on bound the employment itself.
CREATE TABLE IF NOT EXISTS employments (
  employee_id BIGINT NOT NULL,
  from_date DATE NOT NULL,
  branch_id BIGINT NOT NULL,
  department VARCHAR(100) NOT NULL,
  position VARCHAR(100) NOT NULL,
  PRIMARY KEY (employee_id, from_date),
  KEY employments_branch (branch_id, from_date),
  KEY employments_from (from_date),
  CONSTRAINT employments_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id),
  CONSTRAINT employments_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

--bun:split

INSERT INTO employments (employee_id, from_date, branch_id, department, position)
SELECT e.id, '1900-01-01', e.branch_id, e.department, e.position FROM employees AS e
WHERE NOT EXISTS (SELECT 1 FROM employments AS m WHERE m.employee_id = e.id);

--bun:split

-- From which date on a branch's days are closed, where something reaches back before its first recap.
CREATE TABLE IF NOT EXISTS recap_begins (
  branch_id BIGINT NOT NULL,
  from_date DATE NOT NULL,
  PRIMARY KEY (branch_id),
  CONSTRAINT recap_begins_branch_fk FOREIGN KEY (branch_id) REFERENCES branches (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
