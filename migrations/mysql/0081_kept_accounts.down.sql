ALTER TABLE users DROP COLUMN kept_after;
