-- What departments' gateways have published and is not brought in yet. Publications of a resource are taken up in their
-- order; one that cannot be taken in now is tried again, and those behind it wait.
CREATE TABLE catalogue_publications (
    no BIGINT NOT NULL PRIMARY KEY,
    publication TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    told TEXT NOT NULL,
    act TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX catalogue_publications_key ON catalogue_publications (key, no);
