-- From when until when the city has trusted an authority, so that what was signed then is judged as of then. An authority
-- that was trusted when this was first written down counts as trusted from the beginning (0).
CREATE TABLE access_trusted (
    fingerprint TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    PRIMARY KEY (fingerprint, since)
);
INSERT INTO access_trusted (fingerprint, since)
SELECT fingerprint, 0 FROM access_authorities WHERE state = 'trusted';

-- SM3 of a list, by which one that was read is known again; empty where it was taken in before this was noted.
ALTER TABLE access_revocation_lists ADD COLUMN digest TEXT NOT NULL DEFAULT '';
