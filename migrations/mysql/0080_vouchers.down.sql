ALTER TABLE terminals DROP COLUMN vouched_by;
