-- The sealing keys of the installation's ring, each enclosed by the master key: from here every process
-- learns of a new one. `enclosed` is NULL once the key was retired; `clean_at` says since when nothing
-- has been found under an older one.
CREATE TABLE vault_ring (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    enclosed TEXT,
    announced_at BIGINT NOT NULL,
    seals_from BIGINT NOT NULL,
    clean_at BIGINT,
    retired_at BIGINT
);
CREATE UNIQUE INDEX vault_ring_version ON vault_ring (version);

-- How far each place of sealed values has been sealed anew under a version. `after_key` is the key of the
-- last row that was looked at, as JSON.
CREATE TABLE vault_turns (
    place TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    after_key TEXT NOT NULL,
    total BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    resealed BIGINT NOT NULL,
    damaged BIGINT NOT NULL,
    done BIGINT NOT NULL
);
