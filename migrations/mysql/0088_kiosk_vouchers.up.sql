-- Who had a hand in a kiosk and is an employee: their own punches there wait for somebody else's confirmation, which takes the row away. Kiosks of
-- before have nobody.
CREATE TABLE IF NOT EXISTS kiosk_vouchers (
  kiosk_id BIGINT NOT NULL,
  employee_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL, -- as whom
  waits BOOLEAN NOT NULL, -- they made the code to pair with, which nobody has traded yet
  PRIMARY KEY (kiosk_id, employee_id, waits),
  KEY kiosk_vouchers_employee (employee_id),
  CONSTRAINT kiosk_vouchers_kiosk_fk FOREIGN KEY (kiosk_id) REFERENCES kiosks (id),
  CONSTRAINT kiosk_vouchers_employee_fk FOREIGN KEY (employee_id) REFERENCES employees (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
