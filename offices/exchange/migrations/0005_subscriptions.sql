-- What gateways subscribe to: one row for each resource, purpose and organ. `fields` is a JSON list, empty where all agreed
-- ones are wanted; `ask` is the message by which it was begun last. `state` is active, stopped, or barred by an
-- administrator; `words` says why it is not active, or for what it waits. `load` is the load up to which rows were given
-- (-1 where none were yet), `heading` the one that is being given (0 where none is), `base` from which one (0 is all rows),
-- `place` how far; `run`, `part`, `chain` and `rows` are of what is being given. `moves` counts each change of the row: who
-- has prepared a part by another number puts nothing down.
CREATE TABLE exchange_subscriptions (
    id TEXT NOT NULL PRIMARY KEY,
    gateway TEXT NOT NULL,
    organ TEXT NOT NULL,
    resource TEXT NOT NULL,
    purpose TEXT NOT NULL,
    fields TEXT NOT NULL,
    ask TEXT NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL,
    began_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    load BIGINT NOT NULL,
    heading BIGINT NOT NULL,
    base BIGINT NOT NULL,
    place BIGINT NOT NULL,
    run TEXT NOT NULL,
    part BIGINT NOT NULL,
    chain TEXT NOT NULL,
    rows BIGINT NOT NULL,
    given BIGINT NOT NULL,
    given_at BIGINT,
    moves BIGINT NOT NULL,
    UNIQUE (gateway, organ, resource, purpose)
);
CREATE INDEX exchange_subscriptions_due ON exchange_subscriptions (state, due_at);
CREATE INDEX exchange_subscriptions_resource ON exchange_subscriptions (resource, state);
