-- Who had a hand in a kiosk and is an employee: their own punches there wait for somebody else's confirmation, which takes the row away. Kiosks of
-- before have nobody.
CREATE TABLE IF NOT EXISTS kiosk_vouchers (
  kiosk_id INTEGER NOT NULL,
  employee_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL, -- as whom
  waits BOOLEAN NOT NULL, -- they made the code to pair with, which nobody has traded yet
  PRIMARY KEY (kiosk_id, employee_id, waits),
  CONSTRAINT kiosk_vouchers_kiosk_fk FOREIGN KEY (kiosk_id) REFERENCES kiosks (id),
  CONSTRAINT kiosk_vouchers_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
);

--bun:split

CREATE INDEX IF NOT EXISTS kiosk_vouchers_employee ON kiosk_vouchers (employee_id);
