ALTER TABLE webhook_endpoints DROP COLUMN previous_secret;

--bun:split

ALTER TABLE webhook_endpoints DROP COLUMN previous_until;
