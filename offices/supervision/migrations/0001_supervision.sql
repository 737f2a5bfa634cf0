-- The rules of supervision with the days on which they hold. A rule that changes gets a new version.
CREATE TABLE supervision_rules (
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    trigger_kind TEXT NOT NULL,
    trigger_days BIGINT NOT NULL,
    clocks TEXT NOT NULL,
    basis TEXT NOT NULL,
    text TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT,
    PRIMARY KEY (id, version)
);
