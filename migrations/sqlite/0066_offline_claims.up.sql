-- What a branch does with punches that a device kept while it was offline: off, hours (taken up to so many hours later) or
-- approval. A claimed time that is not taken waits as a correction: why, and the key and hash of the request that brought it.
ALTER TABLE branches ADD COLUMN offline_policy TEXT NOT NULL DEFAULT 'hours';

--bun:split

ALTER TABLE branches ADD COLUMN offline_hours INTEGER NOT NULL DEFAULT 12;

--bun:split

ALTER TABLE corrections ADD COLUMN claim TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE corrections ADD COLUMN claim_key TEXT;

--bun:split

ALTER TABLE corrections ADD COLUMN claim_hash BLOB;

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS corrections_claim_key ON corrections (employee_id, claim_key);
