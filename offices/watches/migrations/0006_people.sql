-- Numbers under which the register of residents has come to name another person, as it has announced it and not taken back:
-- the mark under which people are found, the load that brought it and the one by which who stands there now came first, whose
-- load it was, and the row by which is asked who they are. Drawn from the acts alone.
CREATE TABLE watches_people (
    act TEXT NOT NULL PRIMARY KEY,
    person_blind BYTEA NOT NULL,
    place BIGINT NOT NULL,
    since BIGINT NOT NULL,
    organ TEXT NOT NULL,
    named_by TEXT NOT NULL
);
CREATE INDEX watches_people_person ON watches_people (person_blind, place);
