DROP TABLE IF EXISTS audit_head;

--bun:split

DROP TABLE IF EXISTS audit_log;

--bun:split

DROP TABLE IF EXISTS sign_in_failures;

--bun:split

DROP TABLE IF EXISTS api_tokens;

--bun:split

DROP TABLE IF EXISTS sessions;

--bun:split

DROP TABLE IF EXISTS users;
