-- The ring's other keys are exchanged too: what each is for, and its version among those.
ALTER TABLE vault_ring ADD COLUMN usage TEXT NOT NULL DEFAULT 'seal' CHECK (usage IN ('seal', 'blind', 'mac'));
DROP INDEX vault_ring_version;
CREATE UNIQUE INDEX vault_ring_version ON vault_ring (usage, version);
