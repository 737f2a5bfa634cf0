-- The rows behind resources. Rows lie in blocks of five hundred, which are written once and never changed; a load brings
-- all blocks of what then stands, and one pointer says which load that is.
CREATE TABLE catalogue_sets (
    key TEXT NOT NULL PRIMARY KEY,
    standing BIGINT NOT NULL,
    moves BIGINT NOT NULL,
    rows_count BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- A load: its file on the way, what came of it. `before` is the load that stood when it came to count; `held` says whether
-- its blocks or its file still lie here.
CREATE TABLE catalogue_loads (
    no BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    extent TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    proof TEXT NOT NULL,
    by_name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    shape TEXT NOT NULL,
    closed BIGINT NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    read_rows BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    gone BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    act TEXT NOT NULL,
    undone_act TEXT NOT NULL,
    before BIGINT NOT NULL,
    held BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    moved_at BIGINT NOT NULL
);
CREATE INDEX catalogue_loads_key ON catalogue_loads (key, no);
CREATE INDEX catalogue_loads_held ON catalogue_loads (held, moved_at);

-- Rows of what is open, as they stand; `marks` says which values cannot be in a block.
CREATE TABLE catalogue_blocks (
    load BIGINT NOT NULL,
    block BIGINT NOT NULL,
    marks BYTEA NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (load, block)
);

-- Rows of what is shared and not open: sealed. `marks` are made of keyed digests of what names a row.
CREATE TABLE catalogue_sealed_blocks (
    load BIGINT NOT NULL,
    block BIGINT NOT NULL,
    marks BYTEA NOT NULL,
    body_sealed BYTEA NOT NULL,
    PRIMARY KEY (load, block)
);

-- A file that a browser has sent waits here, sealed and in parts, until a job has read it.
CREATE TABLE catalogue_load_files (
    load BIGINT NOT NULL,
    part BIGINT NOT NULL,
    part_sealed BYTEA NOT NULL,
    PRIMARY KEY (load, part)
);

-- Lines that were not taken in: which field, which rule. Never what stood there.
CREATE TABLE catalogue_load_refused (
    load BIGINT NOT NULL,
    at BIGINT NOT NULL,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    rule TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (load, at)
);
