-- Who may hold the keys of an account: whoever made it, set its password or its address, or gave it a role that decides. Until somebody else has
-- confirmed that it is in the hands of its person, it is nobody else than they.
CREATE TABLE IF NOT EXISTS account_makers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL,
  maker_id INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  CONSTRAINT account_makers_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT account_makers_maker_fk FOREIGN KEY (maker_id) REFERENCES users (id) ON DELETE CASCADE
);

--bun:split

CREATE UNIQUE INDEX IF NOT EXISTS account_makers_once ON account_makers (user_id, maker_id);

--bun:split

CREATE INDEX IF NOT EXISTS account_makers_maker ON account_makers (maker_id);
