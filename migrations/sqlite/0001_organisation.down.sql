DROP TABLE IF EXISTS schema_floor;

--bun:split

DROP TABLE IF EXISTS reference_version;

--bun:split

DROP TABLE IF EXISTS corrections;

--bun:split

DROP TABLE IF EXISTS leave_requests;

--bun:split

DROP TABLE IF EXISTS holidays;

--bun:split

DROP TABLE IF EXISTS shift_assignments;

--bun:split

DROP TABLE IF EXISTS shifts;

--bun:split

DROP TABLE IF EXISTS employees;

--bun:split

DROP TABLE IF EXISTS branches;
