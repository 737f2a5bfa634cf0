-- When a message was handed out first: what its way took in parts.
ALTER TABLE exchange_messages ADD COLUMN delivered_at BIGINT;

-- What passed, counted as it was entered: by five minutes, hours and days (`grain`), from when on (`slot`), between whom,
-- which kind of message, of which resource, what became of it, and the code where it was refused. No page counts messages.
CREATE TABLE exchange_flows (
    grain TEXT NOT NULL,
    slot BIGINT NOT NULL,
    from_gateway TEXT NOT NULL,
    to_gateway TEXT NOT NULL,
    kind TEXT NOT NULL,
    resource TEXT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    many BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (grain, slot, from_gateway, to_gateway, kind, resource, outcome, code)
);

-- How long a step took: how many messages of a gateway within so many milliseconds (`within_ms`, one of some bounds).
CREATE TABLE exchange_paces (
    grain TEXT NOT NULL,
    slot BIGINT NOT NULL,
    gateway TEXT NOT NULL,
    step TEXT NOT NULL,
    within_ms BIGINT NOT NULL,
    many BIGINT NOT NULL,
    PRIMARY KEY (grain, slot, gateway, step, within_ms)
);

-- What needs somebody: since when, and until when it did. `state` is open or over; one is open for one thing at a time.
CREATE TABLE exchange_alarms (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    words TEXT NOT NULL,
    since_at BIGINT NOT NULL,
    until_at BIGINT,
    state TEXT NOT NULL
);
CREATE INDEX exchange_alarms_state ON exchange_alarms (state, id);
