-- Rows of which others are told: waiting to be, told, or to be taken back. It stands apart, so that who tells a few among a
-- million rows reads the few.
CREATE TABLE register_untold (
    load BIGINT NOT NULL,
    state BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (load, state, at)
);
INSERT INTO register_untold (load, state, at)
SELECT load, untold, at FROM register_rows WHERE untold <> 0;
DROP INDEX register_rows_untold;
ALTER TABLE register_rows DROP COLUMN untold;
