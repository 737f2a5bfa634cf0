-- Which resource of which department feeds a register. What is not said here feeds none.
CREATE TABLE register_feeds (
    id TEXT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    resource TEXT NOT NULL,
    title TEXT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    act TEXT NOT NULL,
    closed_by TEXT NOT NULL,
    closed_at BIGINT,
    closed_reason TEXT NOT NULL
);
-- A resource feeds one register.
CREATE UNIQUE INDEX register_feeds_open ON register_feeds (resource) WHERE closed_at IS NULL;
CREATE INDEX register_feeds_all ON register_feeds (register, opened_at, id);

-- What a gateway has published: it is a load from the moment at which it is heard of, and keeps what was told of it.
CREATE TABLE register_publications (
    load BIGINT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    publication TEXT NOT NULL,
    resource TEXT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    told TEXT NOT NULL,
    act TEXT NOT NULL
);
CREATE UNIQUE INDEX register_publications_once ON register_publications (publication);
CREATE INDEX register_publications_own ON register_publications (register, resource, organ, load);

-- Those that wait for a person's word.
CREATE INDEX register_loads_held ON register_loads (register, no) WHERE state = 'held';

-- The organ of who brought a load in; `allowed`: so many may go by it without asking a person again.
ALTER TABLE register_loads ADD COLUMN organ TEXT NOT NULL DEFAULT '';
ALTER TABLE register_loads ADD COLUMN allowed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX register_loads_organ ON register_loads (register, organ, place) WHERE state = 'published';
