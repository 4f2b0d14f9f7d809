DROP TABLE IF EXISTS discarded_lines;
