-- How it stands with what a gateway publishes: one row for each resource and receiver. `position` is how far the source
-- was read, `base` how far before this run; `run` is empty where none is under way; `state` is idle, reading, sending or
-- failed; `unsettled` are parts that the centre does not have yet.
CREATE TABLE gateway_publishes (
    name TEXT NOT NULL PRIMARY KEY,
    config TEXT NOT NULL,
    position TEXT NOT NULL,
    base TEXT NOT NULL,
    run TEXT NOT NULL,
    part BIGINT NOT NULL,
    chain TEXT NOT NULL,
    rows BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    unsettled BIGINT NOT NULL,
    state TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    fails BIGINT NOT NULL,
    again_at BIGINT NOT NULL,
    words TEXT NOT NULL,
    trouble TEXT NOT NULL
);
