-- When the employee was shown what somebody else decided; NULL for what is news to them. What was decided before this release is none.
ALTER TABLE leave_requests ADD COLUMN seen_at TEXT NULL;

--bun:split

ALTER TABLE corrections ADD COLUMN seen_at TEXT NULL;

--bun:split

UPDATE leave_requests SET seen_at = decided_at WHERE decided_at IS NOT NULL AND seen_at IS NULL;

--bun:split

UPDATE corrections SET seen_at = decided_at WHERE decided_at IS NOT NULL AND seen_at IS NULL;
