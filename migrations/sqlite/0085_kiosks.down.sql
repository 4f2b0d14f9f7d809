DROP TABLE IF EXISTS employee_badges;

--bun:split

DROP TABLE IF EXISTS employee_pins;

--bun:split

DROP TABLE IF EXISTS kiosks;
