-- Resources of the catalogue of government data, as they stand, and each version as it was published. `key` is the code
-- with a hyphen, as addresses have it.
CREATE TABLE catalogue_resources (
    key TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    class TEXT NOT NULL,
    subject TEXT NOT NULL,
    share TEXT NOT NULL,
    open BIGINT NOT NULL,
    cycle TEXT NOT NULL,
    format TEXT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    pending TEXT NOT NULL,
    register TEXT NOT NULL,
    published_at BIGINT,
    changed_at BIGINT NOT NULL
);
CREATE INDEX catalogue_resources_provider ON catalogue_resources (provider, key);
CREATE INDEX catalogue_resources_state ON catalogue_resources (state, key);
CREATE INDEX catalogue_resources_subject ON catalogue_resources (state, subject, key);
CREATE INDEX catalogue_resources_share ON catalogue_resources (state, share, key);
CREATE INDEX catalogue_resources_open ON catalogue_resources (open, state, key);
CREATE INDEX catalogue_resources_pending ON catalogue_resources (pending, key);
CREATE INDEX catalogue_resources_register ON catalogue_resources (register);
CREATE INDEX catalogue_resources_name ON catalogue_resources (provider, name);

CREATE TABLE catalogue_versions (
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,
    written_by TEXT NOT NULL,
    from_at BIGINT,
    to_at BIGINT,
    PRIMARY KEY (key, version)
);

-- What the items of the versions in force mean, for the guard against collecting twice.
CREATE TABLE catalogue_concepts (
    concept TEXT NOT NULL,
    key TEXT NOT NULL,
    item TEXT NOT NULL,
    item_name TEXT NOT NULL,
    PRIMARY KEY (concept, key, item)
);
CREATE INDEX catalogue_concepts_key ON catalogue_concepts (key);

-- A version on its way: sent by one, published or sent back by another.
CREATE TABLE catalogue_reviews (
    id TEXT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    sent_by TEXT NOT NULL,
    sent_for TEXT,
    sent_name TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_name TEXT,
    decided_at BIGINT,
    decided_reason TEXT,
    CONSTRAINT catalogue_reviews_two_people
        CHECK (state = 'withdrawn' OR decided_by IS NULL OR decided_by <> sent_by)
);
CREATE INDEX catalogue_reviews_key ON catalogue_reviews (key, id);
CREATE INDEX catalogue_reviews_state ON catalogue_reviews (state, id);

-- The order numbers of codes, by what stands before them.
CREATE TABLE catalogue_serials (
    prefix TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

-- When data of a register last came, and how much it holds.
CREATE TABLE catalogue_arrivals (
    register TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    rows_count BIGINT NOT NULL,
    act TEXT NOT NULL
);

-- Requests for data, each a case of flow; what was agreed runs as terms of the desk of asks.
CREATE TABLE catalogue_requests (
    case_id TEXT NOT NULL PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    resource_name TEXT NOT NULL,
    provider TEXT NOT NULL,
    consumer TEXT NOT NULL,
    consumer_name TEXT NOT NULL,
    account TEXT NOT NULL,
    wish TEXT NOT NULL,
    agreed TEXT NOT NULL
);
CREATE INDEX catalogue_requests_consumer ON catalogue_requests (consumer, case_id);
CREATE INDEX catalogue_requests_key ON catalogue_requests (key, case_id);

-- Disputes of a value (数据校核), each a case of flow. What somebody says of a value is sealed.
CREATE TABLE catalogue_disputes (
    case_id TEXT NOT NULL PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    item TEXT NOT NULL,
    item_name TEXT NOT NULL,
    account TEXT NOT NULL,
    words_sealed BYTEA NOT NULL
);
CREATE INDEX catalogue_disputes_account ON catalogue_disputes (account, case_id);

-- Which cases used a resource.
CREATE TABLE catalogue_uses (
    key TEXT NOT NULL,
    case_no TEXT NOT NULL,
    at BIGINT NOT NULL,
    organ_name TEXT NOT NULL,
    act TEXT NOT NULL,
    PRIMARY KEY (key, case_no)
);
