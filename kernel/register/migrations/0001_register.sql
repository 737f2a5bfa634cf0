-- What every register of the city stands in: of residents, of legal entities, of any department's data.

-- Where a register stands: it moves by one with each load that comes to count or is undone, which is also
-- the fence between loads. Without a row a register is empty.
CREATE TABLE register_heads (
    register TEXT NOT NULL PRIMARY KEY,
    moves BIGINT NOT NULL,
    entries BIGINT NOT NULL
);

-- What one file, or another source, brought in. Its rows count from the moment its state becomes
-- `published`: one pointer, however many rows; `undone` takes them back.
CREATE TABLE register_loads (
    no BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    register TEXT NOT NULL,
    state TEXT NOT NULL,
    place BIGINT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    by_name TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    moved_at BIGINT NOT NULL,
    published_at BIGINT,
    undone_at BIGINT,
    read_rows BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    act TEXT NOT NULL,
    undone_act TEXT NOT NULL,
    total BIGINT NOT NULL,
    done BIGINT NOT NULL,
    words TEXT NOT NULL,
    same_as TEXT NOT NULL
);
CREATE UNIQUE INDEX register_loads_place ON register_loads (register, place) WHERE place > 0;
CREATE INDEX register_loads_open ON register_loads (register, started_at) WHERE place = 0;
CREATE INDEX register_loads_digest ON register_loads (register, digest) WHERE state = 'published';

-- The Merkle tree over the rows of a load, in tiles as the log has them.
CREATE TABLE register_tiles (
    load BIGINT NOT NULL,
    level BIGINT NOT NULL,
    place BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (load, level, place)
);

-- Lines that were not taken in: which field, which rule. Never what stood there.
CREATE TABLE register_refused (
    load BIGINT NOT NULL,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    rule TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (load, line, field)
);

-- A file that a browser has sent waits here, sealed and in parts, until a job has read it.
CREATE TABLE register_files (
    load BIGINT NOT NULL,
    part BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (load, part)
);
