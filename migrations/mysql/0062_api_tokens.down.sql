ALTER TABLE api_tokens DROP COLUMN hint, DROP COLUMN scopes, DROP COLUMN branch_ids, DROP COLUMN created_by;
