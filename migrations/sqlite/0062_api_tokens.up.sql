-- Tokens of programs say what they are for, for which branches, and who made them. No program used the table so far.
ALTER TABLE api_tokens ADD COLUMN hint TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE api_tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '[]';

--bun:split

ALTER TABLE api_tokens ADD COLUMN branch_ids TEXT;

--bun:split

ALTER TABLE api_tokens ADD COLUMN created_by INTEGER;
