ALTER TABLE users DROP COLUMN forgotten;

--bun:split

ALTER TABLE employees DROP COLUMN forgotten;
