ALTER TABLE punches DROP COLUMN doubts;

--bun:split

ALTER TABLE branches DROP COLUMN max_accuracy;
