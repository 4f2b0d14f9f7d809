-- Where people may punch beside the sites: networks, what becomes of punches from others, and branches whose places count, too.
-- Lists are JSON. Of a punch from elsewhere the address is kept.
ALTER TABLE branches ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';

--bun:split

ALTER TABLE branches ADD COLUMN network_policy TEXT NOT NULL DEFAULT 'record';

--bun:split

ALTER TABLE branches ADD COLUMN also_at TEXT NOT NULL DEFAULT '[]';

--bun:split

ALTER TABLE punches ADD COLUMN foreign_address TEXT NOT NULL DEFAULT '';
