ALTER TABLE audit_head DROP COLUMN verified_fault;

--bun:split

ALTER TABLE audit_head DROP COLUMN verified_last;

--bun:split

ALTER TABLE audit_head DROP COLUMN verified_at;

--bun:split

ALTER TABLE audit_head DROP COLUMN key_id;

--bun:split

ALTER TABLE audit_log DROP COLUMN content_proof;

--bun:split

ALTER TABLE audit_log DROP COLUMN address_proof;

--bun:split

ALTER TABLE audit_log DROP COLUMN key_id;
