ALTER TABLE branches DROP COLUMN locked_through;
