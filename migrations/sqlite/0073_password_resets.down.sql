DROP TABLE IF EXISTS email_checks;

--bun:split

DROP TABLE IF EXISTS password_resets;

--bun:split

DROP INDEX IF EXISTS users_email;

--bun:split

ALTER TABLE users DROP COLUMN email_verified_at;

--bun:split

ALTER TABLE users DROP COLUMN email;
