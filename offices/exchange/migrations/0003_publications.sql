-- What gateways publish to the centre: one row a run. `state` is coming, complete or broken off; `chain` is the digest over
-- the parts so far, hex; `items` is a JSON list.
CREATE TABLE exchange_publications (
    id TEXT NOT NULL PRIMARY KEY,
    gateway TEXT NOT NULL,
    organ TEXT NOT NULL,
    resource TEXT NOT NULL,
    run TEXT NOT NULL,
    mode TEXT NOT NULL,
    items TEXT NOT NULL,
    parts BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    chain TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (gateway, run)
);
CREATE INDEX exchange_publications_gateway ON exchange_publications (gateway, id);
CREATE INDEX exchange_publications_coming ON exchange_publications (gateway, resource, state);

-- Its parts: which message each came as. The sealed bytes stand in the centre's queue.
CREATE TABLE exchange_parts (
    publication TEXT NOT NULL,
    part BIGINT NOT NULL,
    message TEXT NOT NULL,
    rows BIGINT NOT NULL,
    PRIMARY KEY (publication, part)
);
