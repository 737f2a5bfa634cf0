-- Terms of organs beside those of offices: what was agreed on a request runs by these. A party that is an organ stands as
-- 'organ:ID' among the askers. The row filter is data (field, operator, value), never SQL. Terms that have ended stay.
ALTER TABLE ask_terms ADD COLUMN party_name TEXT NOT NULL DEFAULT '';
ALTER TABLE ask_terms ADD COLUMN row_filter TEXT NOT NULL DEFAULT '[]';
ALTER TABLE ask_terms ADD COLUMN yes_no BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ask_terms ADD COLUMN per_minute BIGINT;
ALTER TABLE ask_terms ADD COLUMN per_day BIGINT;
ALTER TABLE ask_terms ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE ask_terms ADD COLUMN request_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ask_terms ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE ask_terms ADD COLUMN ended_at BIGINT;
ALTER TABLE ask_terms ADD COLUMN ended_why TEXT NOT NULL DEFAULT '';
CREATE INDEX ask_terms_request ON ask_terms (request);
CREATE INDEX ask_terms_resource ON ask_terms (resource, request);

-- How often was asked in the running minute and day: one row each, so that all processes count together and nothing grows.
CREATE TABLE ask_uses (
    asker TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    span TEXT NOT NULL,
    began BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (asker, kind, purpose, span)
);
