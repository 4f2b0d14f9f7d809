-- The key before the present one signs beside it until this instant, so that receivers can change over.
ALTER TABLE webhook_endpoints ADD COLUMN previous_secret TEXT NOT NULL DEFAULT '';

--bun:split

ALTER TABLE webhook_endpoints ADD COLUMN previous_until TEXT;
