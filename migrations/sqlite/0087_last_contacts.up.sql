-- When the server last met people: signed them in, or gave a page of theirs the proof of a contact. met_at is noted every five minutes at
-- the most; met_before is what it was until then. A device chooses which proof it shows, not what is here, which outlives the sessions.
CREATE TABLE IF NOT EXISTS last_contacts (
  employee_id INTEGER PRIMARY KEY,
  met_at TEXT NOT NULL,
  met_before TEXT NULL,
  CONSTRAINT last_contacts_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);
