ALTER TABLE audit_head DROP COLUMN key_id, DROP COLUMN verified_at, DROP COLUMN verified_last, DROP COLUMN verified_fault;

--bun:split

ALTER TABLE audit_log DROP COLUMN key_id, DROP COLUMN address_proof, DROP COLUMN content_proof;
