DROP TABLE IF EXISTS terminal_commands;

--bun:split

DROP TABLE IF EXISTS terminal_lines;

--bun:split

DROP TABLE IF EXISTS terminal_pins;

--bun:split

DROP TABLE IF EXISTS terminals;
