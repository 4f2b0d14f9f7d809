-- A line that a terminal pushed is one punch of one person, whatever people decide later about PINs, numbers and terminals: its hash is
-- there once. Other punches have none.
ALTER TABLE punches ADD COLUMN line_key BLOB NULL;

--bun:split

CREATE UNIQUE INDEX punches_line_key ON punches (line_key) WHERE line_key IS NOT NULL;
