-- What the gateway subscribes to: one row for each resource, purpose and organ. `state` is new (to be begun), asked, active,
-- stopped, or ended; `ask` is the message by which it was begun last; `whole` is 1 while nothing but a whole is taken;
-- `sequence` is the number of the last part, `run`, `part` and `chain` what it belongs to.
CREATE TABLE gateway_subscribes (
    name TEXT NOT NULL PRIMARY KEY,
    resource TEXT NOT NULL,
    purpose TEXT NOT NULL,
    organ TEXT NOT NULL,
    fields TEXT NOT NULL,
    state TEXT NOT NULL,
    ask TEXT NOT NULL,
    whole BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    run TEXT NOT NULL,
    part BIGINT NOT NULL,
    chain TEXT NOT NULL,
    rows BIGINT NOT NULL,
    came_at BIGINT NOT NULL,
    words TEXT NOT NULL
);
