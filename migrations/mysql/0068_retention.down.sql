DROP TABLE IF EXISTS retention_marks;
