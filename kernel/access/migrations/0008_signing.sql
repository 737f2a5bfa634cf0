-- Certificates with which people sign their decisive acts. `mark` names the key: one key speaks for one account.
CREATE TABLE access_signers (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES access_accounts (id),
    name TEXT NOT NULL,
    certificate BYTEA NOT NULL,
    mark BYTEA UNIQUE,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX access_signers_account ON access_signers (account, id);

-- From when on decisive acts carry their doer's signature, or no longer do.
CREATE TABLE access_signing_rules (
    since BIGINT NOT NULL PRIMARY KEY,
    demanded BIGINT NOT NULL,
    ground TEXT NOT NULL
);
