-- Whose decision it is that a terminal is the company's and how its lines are read (users.id); NULL for somebody's who is no employee, and once
-- somebody else has confirmed it. Terminals of before have nobody.
ALTER TABLE terminals ADD COLUMN vouched_by INTEGER NULL;
