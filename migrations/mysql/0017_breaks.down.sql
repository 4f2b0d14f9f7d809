ALTER TABLE shifts DROP COLUMN break_mode, DROP COLUMN break_minimum;
