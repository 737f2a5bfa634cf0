-- What two people decide: one proposes, another agrees. `subject` names what it is about, so that the same is
-- not proposed twice.
CREATE TABLE certificates_proposals (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
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
    CONSTRAINT certificates_proposals_two_people CHECK (
        state <> 'agreed' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)
    )
);
CREATE INDEX certificates_proposals_state ON certificates_proposals (state, id);
CREATE INDEX certificates_proposals_subject ON certificates_proposals (subject, state);

-- The authority that is built in: for machines, gateways and tests. Its key is gone with a proposal that nobody
-- agreed to. `list_number` is that of the last revocation list, which stands beside it.
CREATE TABLE certificates_authorities (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    organization TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    fingerprint TEXT NOT NULL,
    secret_sealed BYTEA,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    list_number BIGINT NOT NULL,
    list BYTEA,
    list_made_at BIGINT,
    list_next_at BIGINT
);

-- What it has issued.
CREATE TABLE certificates_issued (
    id TEXT NOT NULL PRIMARY KEY,
    authority TEXT NOT NULL,
    serial TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    key_mark TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    keeper TEXT NOT NULL,
    keeper_name TEXT NOT NULL,
    renews TEXT,
    renewed_by TEXT,
    state TEXT NOT NULL,
    revoked_at BIGINT,
    revoked_reason BIGINT,
    issued_at BIGINT NOT NULL
);
CREATE INDEX certificates_issued_name ON certificates_issued (name, id);
CREATE INDEX certificates_issued_key ON certificates_issued (key_mark);
CREATE INDEX certificates_issued_state ON certificates_issued (state, id);
CREATE INDEX certificates_issued_until ON certificates_issued (until_at);
CREATE INDEX certificates_issued_revoked ON certificates_issued (state, until_at, id);
