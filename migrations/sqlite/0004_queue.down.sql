DROP TABLE IF EXISTS nodes;

--bun:split

DROP TABLE IF EXISTS task_outcomes;

--bun:split

DROP TABLE IF EXISTS dead_letters;

--bun:split

DROP TABLE IF EXISTS outbox;
