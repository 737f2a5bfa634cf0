-- The public log, and what follows it: listeners and jobs.
CREATE INDEX ledger_acts_unsequenced ON ledger_acts (born) WHERE seq IS NULL;
CREATE UNIQUE INDEX ledger_acts_seq ON ledger_acts (seq) WHERE seq IS NOT NULL;
CREATE INDEX ledger_acts_subject ON ledger_acts (subject_kind, subject_id, born);
CREATE INDEX ledger_acts_account ON ledger_acts (account, born);

-- What an act said, and the salt of its commitment: the part that the law may order erased.
CREATE TABLE ledger_contents (
    act_id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    salt BYTEA NOT NULL
);

-- The public log: tiles of 256 hashes (C2SP tlog-tiles, with SM3) and its head.
CREATE TABLE ledger_tiles (
    level BIGINT NOT NULL,
    n BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, n)
);
CREATE TABLE ledger_head (
    id BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    checkpoint TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- How far each listener has heard, and what it could not take yet.
CREATE TABLE ledger_listeners (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL
);
CREATE TABLE ledger_deliveries (
    listener TEXT NOT NULL,
    seq BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    due BIGINT NOT NULL,
    fault TEXT NOT NULL,
    PRIMARY KEY (listener, seq)
);
CREATE INDEX ledger_deliveries_due ON ledger_deliveries (due);

CREATE INDEX ledger_jobs_due ON ledger_jobs (due, born);
