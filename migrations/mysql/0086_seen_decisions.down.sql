ALTER TABLE corrections DROP COLUMN seen_at;

--bun:split

ALTER TABLE leave_requests DROP COLUMN seen_at;
