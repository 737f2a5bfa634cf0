-- Share terms: which office may ask what of whom, for which purpose, and which fields it is given.
CREATE TABLE ask_terms (
    asker TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    about TEXT NOT NULL,
    fields TEXT NOT NULL,
    ground TEXT NOT NULL,
    valid_seconds BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT,
    PRIMARY KEY (asker, kind, purpose)
);

-- Who looked at whose data, for what: written before the answer is released.
CREATE TABLE ask_reads (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    asker TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    subject BYTEA NOT NULL,
    account TEXT,
    name TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    fields TEXT NOT NULL,
    found BIGINT NOT NULL,
    act TEXT NOT NULL
);
CREATE INDEX ask_reads_subject ON ask_reads (subject, id);
