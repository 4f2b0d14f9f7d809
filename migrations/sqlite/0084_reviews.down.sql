DROP TABLE IF EXISTS review_weights;

--bun:split

DROP TABLE IF EXISTS punch_reviews;
