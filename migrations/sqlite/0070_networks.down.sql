ALTER TABLE punches DROP COLUMN foreign_address;

--bun:split

ALTER TABLE branches DROP COLUMN also_at;

--bun:split

ALTER TABLE branches DROP COLUMN network_policy;

--bun:split

ALTER TABLE branches DROP COLUMN networks;
