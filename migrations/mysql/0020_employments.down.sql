DROP TABLE IF EXISTS recap_begins;

--bun:split

DROP TABLE IF EXISTS employments;
