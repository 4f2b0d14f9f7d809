ALTER TABLE sessions DROP KEY sessions_idle, DROP COLUMN idle_until, DROP COLUMN last_used_at;

--bun:split

ALTER TABLE users DROP COLUMN must_change_password;
