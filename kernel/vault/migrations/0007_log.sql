-- The key that signs for the log is succeeded by one of the ring. Its first version is its holder's, and is told here without
-- an enclosed form (''), so that every process hears when it was retired.
CREATE TABLE vault_ring_next (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    enclosed TEXT,
    announced_at BIGINT NOT NULL,
    seals_from BIGINT NOT NULL,
    clean_at BIGINT,
    retired_at BIGINT,
    usage TEXT NOT NULL DEFAULT 'seal' CHECK (usage IN ('seal', 'blind', 'mac', 'cover', 'log'))
);
INSERT INTO vault_ring_next (id, version, enclosed, announced_at, seals_from, clean_at, retired_at, usage)
SELECT id, version, enclosed, announced_at, seals_from, clean_at, retired_at, usage FROM vault_ring;
DROP TABLE vault_ring;
ALTER TABLE vault_ring_next RENAME TO vault_ring;
CREATE UNIQUE INDEX vault_ring_version ON vault_ring (usage, version);
