-- A queue of messages that wait for somebody: one for each gateway at the centre, one out and some in at a gateway.
-- `next` is the place of the next message; `held` and `bytes` are what waits, for the bound.
CREATE TABLE delivery_queues (
    name TEXT NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL,
    held BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);

-- Its messages, in their order. `open` is 1 until it is settled; `state` is waiting, out, dead, done or dropped; `due`
-- is when it may be taken, and while it is out, when it may be taken again.
CREATE TABLE delivery_letters (
    queue TEXT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL,
    ordered TEXT NOT NULL,
    open BIGINT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    due BIGINT NOT NULL,
    at BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    content BYTEA NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (queue, place),
    UNIQUE (queue, id)
);
CREATE INDEX delivery_letters_open ON delivery_letters (queue, open, place);
CREATE INDEX delivery_letters_state ON delivery_letters (state, at, id);

-- Names that were seen, for as long as a message with such a name can count.
CREATE TABLE delivery_seen (
    guard TEXT NOT NULL,
    name TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (guard, name)
);
CREATE INDEX delivery_seen_until ON delivery_seen (until);

-- What has been taken of those that must be taken one after another.
CREATE TABLE delivery_orders (
    guard TEXT NOT NULL,
    name TEXT NOT NULL,
    highest BIGINT NOT NULL,
    PRIMARY KEY (guard, name)
);

-- Acts of the centre's log that tell of steps, and the steps they tell of, in their order. `receipt` is the act's
-- receipt where it is not one's own log.
CREATE TABLE delivery_records (
    act TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    receipt TEXT NOT NULL
);
CREATE INDEX delivery_records_at ON delivery_records (at);
CREATE TABLE delivery_steps (
    act TEXT NOT NULL,
    place BIGINT NOT NULL,
    message TEXT NOT NULL,
    digest TEXT NOT NULL,
    step TEXT NOT NULL,
    at BIGINT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (act, place)
);
CREATE INDEX delivery_steps_message ON delivery_steps (message, at);
