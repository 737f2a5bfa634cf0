-- A load is what one file (or the demonstration) brought in. Its rows count from the moment its
-- state becomes `published`: one pointer, however many rows.
CREATE TABLE population_loads (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    place BIGINT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    by_name TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    published_at BIGINT,
    read_rows BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    root BYTEA NOT NULL,
    act TEXT NOT NULL
);
CREATE UNIQUE INDEX population_loads_place ON population_loads (place) WHERE state = 'published';
CREATE INDEX population_loads_begun ON population_loads (started_at) WHERE state = 'staging';
CREATE INDEX population_loads_digest ON population_loads (digest);

-- What the register knows of a person, once for every load that changed it; the newest published
-- load counts. Sex and day of birth follow from the number and are not stored a second time.
CREATE TABLE population_residents (
    id TEXT NOT NULL PRIMARY KEY,
    number_blind BYTEA NOT NULL,
    load TEXT NOT NULL REFERENCES population_loads (id),
    line BIGINT NOT NULL,
    number_sealed BYTEA NOT NULL,
    name TEXT NOT NULL,
    ethnicity TEXT NOT NULL,
    address_sealed BYTEA NOT NULL,
    phone_sealed BYTEA,
    row_mac BYTEA NOT NULL,
    valid_from BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX population_residents_once ON population_residents (number_blind, load);
CREATE INDEX population_residents_load ON population_residents (load, line);

-- Lines that were not taken in: which field, which rule. Never what stood there.
CREATE TABLE population_refused (
    load TEXT NOT NULL REFERENCES population_loads (id),
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    rule TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (load, line, field)
);
