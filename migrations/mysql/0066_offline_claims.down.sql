ALTER TABLE corrections DROP KEY corrections_claim_key, DROP COLUMN claim_hash, DROP COLUMN claim_key, DROP COLUMN claim;

--bun:split

ALTER TABLE branches DROP COLUMN offline_hours, DROP COLUMN offline_policy;
