-- The rules by which the watch looks, with the days on which they hold: those that came with the program, and
-- those that the city has entered, which go before. A rule that changes gets a new version.
CREATE TABLE audit_rules (
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    measure TEXT NOT NULL,
    more_than BIGINT NOT NULL,
    basis TEXT NOT NULL,
    text TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT,
    PRIMARY KEY (id, source, version)
);
