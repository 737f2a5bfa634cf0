-- Gateways of departments, as two people have registered them. `organs` and `kinds` are JSON lists: for which organs it
-- speaks, and which kinds of data it answers and gives. `seen_at` is when it was last there, `offset_ms` how far its clock
-- was off then.
CREATE TABLE exchange_gateways (
    name TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    organs TEXT NOT NULL,
    organ_names TEXT NOT NULL,
    kinds TEXT NOT NULL,
    signing BYTEA NOT NULL,
    sealing BYTEA NOT NULL,
    until_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    state_reason TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    seen_at BIGINT,
    offset_ms BIGINT
);
CREATE INDEX exchange_gateways_until ON exchange_gateways (state, until_at);

-- An organ speaks by one gateway.
CREATE TABLE exchange_organs (
    organ TEXT NOT NULL PRIMARY KEY,
    gateway TEXT NOT NULL
);
CREATE INDEX exchange_organs_gateway ON exchange_organs (gateway);

-- What two people decide: one proposes, another agrees. `subject` names what it is about.
CREATE TABLE exchange_proposals (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_name TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_name TEXT,
    decided_at BIGINT,
    decided_reason TEXT,
    CONSTRAINT exchange_proposals_two_people CHECK (
        state <> 'agreed' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)
    )
);
CREATE INDEX exchange_proposals_state ON exchange_proposals (state, id);
CREATE INDEX exchange_proposals_subject ON exchange_proposals (subject, state);

-- The centre's own keys, sealed, and its certificates once they are there. The newest with both serves.
CREATE TABLE exchange_centre (
    id TEXT NOT NULL PRIMARY KEY,
    signing_sealed BYTEA NOT NULL,
    sealing_sealed BYTEA NOT NULL,
    signing BYTEA,
    sealing BYTEA,
    made_at BIGINT NOT NULL
);

-- Messages that were taken in: headers alone, in the order in which they came (`born`). Their bytes stand in the queues.
CREATE TABLE exchange_messages (
    id TEXT NOT NULL PRIMARY KEY,
    born TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    from_gateway TEXT NOT NULL,
    from_organ TEXT NOT NULL,
    to_gateway TEXT NOT NULL,
    to_organ TEXT NOT NULL,
    resource TEXT NOT NULL,
    purpose TEXT NOT NULL,
    reply_to TEXT,
    digest TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    at BIGINT NOT NULL,
    came_at BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    state TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX exchange_messages_reply ON exchange_messages (reply_to, born);
CREATE INDEX exchange_messages_from ON exchange_messages (from_gateway, born);
CREATE INDEX exchange_messages_to ON exchange_messages (to_gateway, born);
CREATE INDEX exchange_messages_state ON exchange_messages (state, born);

-- What was refused, and why.
CREATE TABLE exchange_refusals (
    id TEXT NOT NULL PRIMARY KEY,
    gateway TEXT NOT NULL,
    message TEXT NOT NULL,
    digest TEXT NOT NULL,
    code TEXT NOT NULL,
    words TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX exchange_refusals_gateway ON exchange_refusals (gateway, id);

-- What stands still, and since when.
CREATE TABLE exchange_stalls (
    what TEXT NOT NULL PRIMARY KEY,
    since_at BIGINT NOT NULL,
    words TEXT NOT NULL
);
