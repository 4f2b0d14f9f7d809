-- Days up to and with this date are settled: they are flagged instead of changed.
ALTER TABLE branches ADD COLUMN locked_through TEXT;
