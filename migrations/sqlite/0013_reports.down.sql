ALTER TABLE reports DROP COLUMN attempt;

--bun:split

ALTER TABLE reports DROP COLUMN employee_id;

--bun:split

ALTER TABLE reports DROP COLUMN branch_id;
