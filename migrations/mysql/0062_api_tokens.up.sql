-- Tokens of programs say what they are for, for which branches, and who made them. No program used the table so far.
-- As in 0017: MySQL commits a change of a table at once, so that each must be able to find itself made.
SET @change = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'api_tokens' AND column_name = 'created_by') = 0,
  'ALTER TABLE api_tokens ADD COLUMN hint VARCHAR(8) NOT NULL DEFAULT '''', ADD COLUMN scopes VARCHAR(500) NOT NULL DEFAULT ''[]'', ADD COLUMN branch_ids TEXT NULL, ADD COLUMN created_by BIGINT NULL', 'DO 0');

--bun:split

PREPARE change_table FROM @change;

--bun:split

EXECUTE change_table;

--bun:split

DEALLOCATE PREPARE change_table;
