-- The checkpoint that the city shows once witnesses have signed it too: one row.
CREATE TABLE ledger_published (
    id BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    note TEXT NOT NULL
);

-- How it stands with each witness: what it signed last, when (seconds since 1970, by its clock), and
-- what went wrong since, if anything did.
CREATE TABLE ledger_witnesses (
    name TEXT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    cosigned BIGINT NOT NULL,
    conflict BIGINT NOT NULL,
    trouble TEXT NOT NULL
);
