-- The organisation tree. `path` is the ids from the root down, `/ezhou/ezhou-mzj/`: a subtree is a range of it.
CREATE TABLE access_organs (
    id TEXT NOT NULL PRIMARY KEY,
    parent TEXT,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    credit_code TEXT,
    division TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    place BIGINT NOT NULL,
    duties TEXT NOT NULL,
    phone TEXT NOT NULL
);
CREATE INDEX access_organs_parent ON access_organs (parent, place);

-- Accounts. Numbers, phones and addresses of people are sealed; `number_blind` finds by number.
CREATE TABLE access_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    password BYTEA,
    number_sealed BYTEA,
    number_blind BYTEA UNIQUE,
    phone_sealed BYTEA,
    email_sealed BYTEA,
    real_name BIGINT NOT NULL,
    state TEXT NOT NULL,
    failures BIGINT NOT NULL,
    locked_until BIGINT,
    created_at BIGINT NOT NULL,
    password_at BIGINT
);
CREATE INDEX access_accounts_kind ON access_accounts (kind, login);

-- Which role a person holds, in which organ and post, from when until when (days; until is the last).
CREATE TABLE access_holdings (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES access_accounts (id),
    role TEXT NOT NULL,
    organ TEXT NOT NULL,
    post TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT
);
CREATE INDEX access_holdings_account ON access_holdings (account);
CREATE INDEX access_holdings_role ON access_holdings (role, organ);

-- What a role may do, and how far.
CREATE TABLE access_grants (
    role TEXT NOT NULL,
    permission TEXT NOT NULL,
    reach TEXT NOT NULL,
    PRIMARY KEY (permission, role)
);

-- Sessions by the MAC of their token: a stolen database opens none.
CREATE TABLE access_sessions (
    token_mac BYTEA NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX access_sessions_account ON access_sessions (account);
CREATE INDEX access_sessions_ends ON access_sessions (ends_at);

-- One-time codes: the first sign-in of an administrator, a password reset.
CREATE TABLE access_codes (
    account TEXT NOT NULL PRIMARY KEY,
    code_mac BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);

-- How often something was tried in a window: kept here, so that all processes count together.
CREATE TABLE access_throttles (
    name TEXT NOT NULL PRIMARY KEY,
    hits BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX access_throttles_ends ON access_throttles (ends_at);
