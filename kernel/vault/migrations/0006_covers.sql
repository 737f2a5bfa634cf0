-- The key that covers blind indexes is exchanged too: one more use. A CHECK cannot be changed where it stands.
ALTER TABLE vault_ring ADD COLUMN used_for TEXT NOT NULL DEFAULT 'seal'
    CHECK (used_for IN ('seal', 'blind', 'mac', 'cover'));
UPDATE vault_ring SET used_for = usage;
DROP INDEX vault_ring_version;
ALTER TABLE vault_ring DROP COLUMN usage;
ALTER TABLE vault_ring RENAME COLUMN used_for TO usage;
CREATE UNIQUE INDEX vault_ring_version ON vault_ring (usage, version);
