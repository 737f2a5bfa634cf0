-- Systems that sign people in here. Two people decide on one, whatever a program says.
CREATE TABLE identity_clients (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    holders TEXT NOT NULL,
    public BIGINT NOT NULL,
    redirects TEXT NOT NULL,
    leaves TEXT NOT NULL,
    scopes TEXT NOT NULL,
    until_day BIGINT NOT NULL,
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
    secret_mac BYTEA,
    secret_at BIGINT,
    CONSTRAINT identity_clients_two_people CHECK (
        state NOT IN ('agreed', 'ended') OR (decided_by IS NOT NULL AND decided_by <> proposed_by)
    )
);
CREATE INDEX identity_clients_state ON identity_clients (state, id);

-- A sign-in that a system was told of: its id is that of the code, so that a code is good for one.
CREATE TABLE identity_grants (
    id TEXT NOT NULL PRIMARY KEY,
    client TEXT NOT NULL,
    account TEXT NOT NULL,
    session BYTEA NOT NULL,
    scopes TEXT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    methods TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX identity_grants_account ON identity_grants (account, client);
CREATE INDEX identity_grants_ends ON identity_grants (ends_at);

-- Its tokens, by their MACs: a stolen database opens nothing. A refresh token that was used stays, to be known again.
CREATE TABLE identity_tokens (
    token_mac BYTEA NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    scopes TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX identity_tokens_grant ON identity_tokens (grant_id);
CREATE INDEX identity_tokens_ends ON identity_tokens (ends_at);

-- What a citizen lets a system know.
CREATE TABLE identity_consents (
    account TEXT NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (account, client)
);

-- The keys that sign ID tokens: each is published before it signs, and for a while after.
CREATE TABLE identity_signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    secret_sealed BYTEA NOT NULL,
    public BYTEA NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
