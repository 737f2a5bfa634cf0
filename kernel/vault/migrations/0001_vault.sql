-- Keys of scopes (a draft, a case). `wrapped` is NULL once the key was erased; `orphaned_at` says
-- since when a sweep has found no file that names it.
CREATE TABLE vault_keys (
    id TEXT NOT NULL PRIMARY KEY,
    scope_kind TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    wrapped BYTEA,
    orphaned_at BIGINT
);
CREATE INDEX vault_keys_scope ON vault_keys (scope_kind, scope_id, id);
CREATE INDEX vault_keys_orphaned ON vault_keys (orphaned_at);

-- Sealed contents by their address. `content` is NULL where they stand in a folder.
CREATE TABLE vault_blobs (
    address TEXT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    content BYTEA,
    orphaned_at BIGINT
);
CREATE INDEX vault_blobs_orphaned ON vault_blobs (orphaned_at);

-- Files: which scope has which content, under which name, for which material.
CREATE TABLE vault_files (
    id TEXT NOT NULL PRIMARY KEY,
    scope_kind TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    label TEXT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    address TEXT NOT NULL REFERENCES vault_blobs (address),
    key_id TEXT NOT NULL REFERENCES vault_keys (id),
    attached_at BIGINT NOT NULL
);
CREATE INDEX vault_files_scope ON vault_files (scope_kind, scope_id, id);
CREATE INDEX vault_files_address ON vault_files (address);
CREATE INDEX vault_files_key ON vault_files (key_id);
