ALTER TABLE users DROP COLUMN second_factor_at;

--bun:split

DROP TABLE IF EXISTS pending_sign_ins;

--bun:split

DROP TABLE IF EXISTS recovery_codes;

--bun:split

DROP TABLE IF EXISTS second_factors;
