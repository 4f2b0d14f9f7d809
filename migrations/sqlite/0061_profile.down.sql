DROP INDEX IF EXISTS sessions_idle;

--bun:split

ALTER TABLE sessions DROP COLUMN idle_until;

--bun:split

ALTER TABLE sessions DROP COLUMN last_used_at;

--bun:split

ALTER TABLE users DROP COLUMN must_change_password;
