-- The key before the present one signs beside it until this instant, so that receivers can change over.
ALTER TABLE webhook_endpoints ADD COLUMN previous_secret VARCHAR(100) NOT NULL DEFAULT '', ADD COLUMN previous_until DATETIME(6) NULL;
