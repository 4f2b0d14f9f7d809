ALTER TABLE punches DROP COLUMN foreign_address;

--bun:split

ALTER TABLE branches DROP COLUMN also_at, DROP COLUMN network_policy, DROP COLUMN networks;
