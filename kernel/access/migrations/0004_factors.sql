-- The second thing that proves who signs in: a secret for codes by time, a certificate, a passkey.
-- `mark` names the key, so that one key never speaks for two accounts.
CREATE TABLE access_factors (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES access_accounts (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_sealed BYTEA,
    certificate BYTEA,
    mark BYTEA UNIQUE,
    state TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX access_factors_account ON access_factors (account, id);

-- Who has shown the password and must show a second factor: by the MAC of a token, for five minutes,
-- for five tries, for one use.
CREATE TABLE access_challenges (
    token_mac BYTEA NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    nonce BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX access_challenges_ends ON access_challenges (ends_at);
CREATE INDEX access_challenges_account ON access_challenges (account);

-- Authorities whose certificates count here. Two people decide: one proposes, another agrees.
CREATE TABLE access_authorities (
    fingerprint TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    root BIGINT NOT NULL,
    certificate BYTEA NOT NULL,
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- The last revocation list of an authority.
CREATE TABLE access_revocation_lists (
    authority TEXT NOT NULL PRIMARY KEY,
    list BYTEA NOT NULL,
    made_at BIGINT NOT NULL,
    next_at BIGINT
);
