-- Files whose content was destroyed by a lawful order: under which document. Of their contents, 1 says that a copy
-- may still stand in the folder, 2 that it was taken away.
ALTER TABLE vault_files ADD COLUMN erased TEXT;
ALTER TABLE vault_blobs ADD COLUMN erased BIGINT;
CREATE INDEX vault_blobs_erased ON vault_blobs (erased, address) WHERE erased IS NOT NULL;
