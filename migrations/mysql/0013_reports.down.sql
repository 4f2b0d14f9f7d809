ALTER TABLE reports DROP COLUMN branch_id, DROP COLUMN employee_id, DROP COLUMN attempt;
