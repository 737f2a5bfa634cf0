-- Acts: what was done to the city. `born` gives the order of birth; `seq` the place in the public log.
CREATE TABLE ledger_acts (
    born INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    seq BIGINT,
    kind TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    account TEXT,
    organ TEXT NOT NULL,
    leaf BYTEA NOT NULL
);
CREATE TABLE ledger_jobs (
    born INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    once TEXT UNIQUE,
    body TEXT NOT NULL,
    due BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    fault TEXT
);
