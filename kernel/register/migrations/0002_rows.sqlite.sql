-- Both tables stand in the order of their keys, so that a row is one place to write and one to look.

-- What a register knows of somebody or something, once for every load that changed it. True in the world from
-- `valid_from` on; known from the moment its load came to count.
CREATE TABLE register_rows (
    load BIGINT NOT NULL,
    at BIGINT NOT NULL,
    line BIGINT NOT NULL,
    key_blind BYTEA NOT NULL,
    body_sealed BYTEA NOT NULL,
    mac BYTEA NOT NULL,
    valid_from BIGINT NOT NULL,
    version BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    untold BIGINT NOT NULL,
    PRIMARY KEY (load, at)
) WITHOUT ROWID;
CREATE INDEX register_rows_untold ON register_rows (load, at) WHERE untold <> 0;

-- By what a row is found: the key of its subject, a name with a day of birth, a phone. A load writes them in the order of
-- what finds, a great many at a time, so that the table takes them in one sweep and not in a million places.
CREATE TABLE register_finds (
    find_blind BYTEA NOT NULL,
    load BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (find_blind, load, at)
) WITHOUT ROWID;
