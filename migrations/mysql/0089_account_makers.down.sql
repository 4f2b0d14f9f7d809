DROP TABLE IF EXISTS account_makers;
