-- Where an authority's revocation list is fetched and who answers about single certificates, as an administrator entered
-- it; when that was tried last, and what was wrong then.
ALTER TABLE access_authorities ADD COLUMN list_url TEXT;
ALTER TABLE access_authorities ADD COLUMN ask_url TEXT;
ALTER TABLE access_authorities ADD COLUMN asked_at BIGINT;
ALTER TABLE access_authorities ADD COLUMN fault TEXT;
ALTER TABLE access_authorities ADD COLUMN ask_fault TEXT;

-- The certificates on record here, and what their issuers have answered about them last.
CREATE TABLE access_standings (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    certificate BYTEA NOT NULL,
    until BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    authority TEXT,
    standing TEXT,
    since BIGINT,
    reason BIGINT,
    made_at BIGINT,
    next_at BIGINT
);
CREATE INDEX access_standings_due ON access_standings (asked_at, fingerprint);
CREATE INDEX access_standings_authority ON access_standings (authority, standing, fingerprint);
