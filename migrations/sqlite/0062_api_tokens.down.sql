ALTER TABLE api_tokens DROP COLUMN created_by;

--bun:split

ALTER TABLE api_tokens DROP COLUMN branch_ids;

--bun:split

ALTER TABLE api_tokens DROP COLUMN scopes;

--bun:split

ALTER TABLE api_tokens DROP COLUMN hint;
