DROP TABLE IF EXISTS last_contacts;
