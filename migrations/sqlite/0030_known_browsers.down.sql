DROP TABLE IF EXISTS known_browsers;
