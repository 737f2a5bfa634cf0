-- The keys and certificates of organs, from a licensed service: a key pair is made here, the service issues, two
-- people take in. One stands for an organ; what came before stays.
CREATE TABLE certificates_organs (
    id TEXT NOT NULL PRIMARY KEY,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    secret_sealed BYTEA,
    request BYTEA NOT NULL,
    key_mark TEXT NOT NULL,
    keeper TEXT NOT NULL,
    keeper_name TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    signing BYTEA,
    encipherment BYTEA,
    inner_sealed BYTEA,
    until_at BIGINT,
    taken_at BIGINT
);
CREATE INDEX certificates_organs_organ ON certificates_organs (organ, id);
CREATE INDEX certificates_organs_state ON certificates_organs (state, id);
CREATE INDEX certificates_organs_until ON certificates_organs (until_at);
CREATE UNIQUE INDEX certificates_organs_one ON certificates_organs (organ) WHERE state = 'standing';
