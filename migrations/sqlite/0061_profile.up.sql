-- Passwords that somebody else knows must be changed first; sessions end when nobody used them for a while.
ALTER TABLE users ADD COLUMN must_change_password INTEGER NOT NULL DEFAULT 0;

--bun:split

ALTER TABLE sessions ADD COLUMN last_used_at TEXT;

--bun:split

ALTER TABLE sessions ADD COLUMN idle_until TEXT;

--bun:split

CREATE INDEX IF NOT EXISTS sessions_idle ON sessions (idle_until);
