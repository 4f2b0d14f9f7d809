ALTER TABLE webhook_endpoints DROP COLUMN previous_secret, DROP COLUMN previous_until;
