DROP INDEX IF EXISTS corrections_claim_key;

--bun:split

ALTER TABLE corrections DROP COLUMN claim_hash;

--bun:split

ALTER TABLE corrections DROP COLUMN claim_key;

--bun:split

ALTER TABLE corrections DROP COLUMN claim;

--bun:split

ALTER TABLE branches DROP COLUMN offline_hours;

--bun:split

ALTER TABLE branches DROP COLUMN offline_policy;
