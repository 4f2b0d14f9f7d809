-- The worst accuracy of a position that proves anything, in metres, and what about a punch is to be looked at again: codes,
-- separated by blanks, found when it arrived.
ALTER TABLE branches ADD COLUMN max_accuracy INTEGER NOT NULL DEFAULT 150;

--bun:split

ALTER TABLE punches ADD COLUMN doubts TEXT NOT NULL DEFAULT '';
