DROP TABLE IF EXISTS pending_identities;

--bun:split

DROP TABLE IF EXISTS identities;
