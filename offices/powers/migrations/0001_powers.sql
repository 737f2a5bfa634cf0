-- The library of powers: every version of every service item, as it was published. `body` is the
-- item's data, `form` its form as JSON Schema; what lists sort and narrow by stands in columns.
CREATE TABLE powers_items (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    local_code TEXT NOT NULL,
    base_code TEXT NOT NULL,
    impl_code TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    effective_from BIGINT NOT NULL,
    effective_to BIGINT,
    body TEXT NOT NULL,
    form TEXT NOT NULL,
    published_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX powers_items_version ON powers_items (slug, version);
CREATE INDEX powers_items_code ON powers_items (local_code, version);
CREATE INDEX powers_items_listed ON powers_items (local_code, effective_from) WHERE state = 'published';

-- What the lists narrow by: the themes (`natural`, `legal`), the events of a life (`event`), the
-- organ (`organ`) and for whom an item is (`object`).
CREATE TABLE powers_facets (
    item TEXT NOT NULL REFERENCES powers_items (id),
    facet TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (item, facet, code)
);
CREATE INDEX powers_facets_found ON powers_facets (facet, code, item);
