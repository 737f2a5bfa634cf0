-- Which cases used a resource, and how: what filled an application in, what was asked in the course of a case, what a case
-- was opened for. `catalogue_uses` is read no more; a later release takes it away.
CREATE TABLE catalogue_used (
    case_no TEXT NOT NULL,
    key TEXT NOT NULL,
    how TEXT NOT NULL,
    at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    organ_name TEXT NOT NULL,
    act TEXT NOT NULL,
    PRIMARY KEY (case_no, key, how)
);
CREATE INDEX catalogue_used_key ON catalogue_used (key, case_no, how);
INSERT INTO catalogue_used (case_no, key, how, at, last_at, times, organ_name, act)
    SELECT case_no, key, 'prefilled', at, at, 1, organ_name, act FROM catalogue_uses;
