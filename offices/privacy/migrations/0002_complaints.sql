-- Complaints about a look at a person's data: the case stands in flow's table, which look it is about and what the
-- person says of it stand here. One look has one complaint.
CREATE TABLE privacy_complaints (
    case_id TEXT NOT NULL PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    look TEXT NOT NULL,
    account TEXT NOT NULL,
    words_sealed BYTEA NOT NULL,
    UNIQUE (look, account)
);
