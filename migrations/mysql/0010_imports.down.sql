DROP TABLE IF EXISTS file_imports;
