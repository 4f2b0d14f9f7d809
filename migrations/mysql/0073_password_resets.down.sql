DROP TABLE IF EXISTS email_checks;

--bun:split

DROP TABLE IF EXISTS password_resets;

--bun:split

ALTER TABLE users DROP KEY users_email, DROP COLUMN email_verified_at, DROP COLUMN email;
