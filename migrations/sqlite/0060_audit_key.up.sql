-- The audit log's chain goes on with a key that lies outside of the database. Entries from before keep their hashes; what may have to be
-- removed later as personal data is in the chain by a proof of it.
ALTER TABLE audit_log ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE audit_log ADD COLUMN address_proof BLOB;

--bun:split

ALTER TABLE audit_log ADD COLUMN content_proof BLOB;

--bun:split

ALTER TABLE audit_head ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

--bun:split

-- When the whole log was last looked at, how far it was whole, and what was wrong.
ALTER TABLE audit_head ADD COLUMN verified_at TEXT;

--bun:split

ALTER TABLE audit_head ADD COLUMN verified_last INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE audit_head ADD COLUMN verified_fault TEXT NOT NULL DEFAULT '';
