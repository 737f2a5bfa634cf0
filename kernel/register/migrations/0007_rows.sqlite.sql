-- Where a table stands in the order of its keys SQLite keeps whole rows in the inner pages of the tree as well, a dozen to a
-- page: six pages to a row among a million. Rows that are as long as these are found sooner by an index of keys alone.
CREATE TABLE register_lines (
    load BIGINT NOT NULL,
    at BIGINT NOT NULL,
    line BIGINT NOT NULL,
    key_blind BYTEA NOT NULL,
    body_sealed BYTEA NOT NULL,
    mac BYTEA NOT NULL,
    valid_from BIGINT NOT NULL,
    version BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    dated BIGINT NOT NULL DEFAULT 1,
    PRIMARY KEY (load, at)
);
INSERT INTO register_lines (load, at, line, key_blind, body_sealed, mac, valid_from, version, gone, dated)
    SELECT load, at, line, key_blind, body_sealed, mac, valid_from, version, gone, dated
    FROM register_rows ORDER BY load, at;
DROP TABLE register_rows;
ALTER TABLE register_lines RENAME TO register_rows;
