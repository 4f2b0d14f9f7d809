-- Who may hold the keys of an account: whoever made it, set its password or its address, or gave it a role that decides. Until somebody else has
-- confirmed that it is in the hands of its person, it is nobody else than they.
CREATE TABLE IF NOT EXISTS account_makers (
  id BIGINT NOT NULL AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  maker_id BIGINT NOT NULL,
  made_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY account_makers_once (user_id, maker_id),
  KEY account_makers_maker (maker_id),
  CONSTRAINT account_makers_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT account_makers_maker_fk FOREIGN KEY (maker_id) REFERENCES users (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
