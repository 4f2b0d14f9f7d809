-- When the user of a session last proved again who they are, for what is dangerous; NULL: not since it began.
ALTER TABLE sessions ADD COLUMN confirmed_at TEXT;
