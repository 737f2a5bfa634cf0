-- One-time codes given to administrators on the machine itself, so that the others see each of them.
CREATE TABLE identity_readmissions (
    act TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX identity_readmissions_at ON identity_readmissions (at);
