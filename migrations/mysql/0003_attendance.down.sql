DROP TABLE IF EXISTS report_chunks;

--bun:split

DROP TABLE IF EXISTS reports;

--bun:split

DROP TABLE IF EXISTS recaps;

--bun:split

DROP TABLE IF EXISTS attendances;

--bun:split

DROP TABLE IF EXISTS punches;
