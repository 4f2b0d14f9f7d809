-- When the server last met people: signed them in, or gave a page of theirs the proof of a contact. met_at is noted every five minutes at
-- the most; met_before is what it was until then. A device chooses which proof it shows, not what is here, which outlives the sessions.
CREATE TABLE IF NOT EXISTS last_contacts (
  employee_id BIGINT NOT NULL,
  met_at DATETIME(6) NOT NULL,
  met_before DATETIME(6) NULL,
  PRIMARY KEY (employee_id),
  CONSTRAINT last_contacts_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
