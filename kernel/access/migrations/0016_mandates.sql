-- A written mandate (授权委托书): who may act for whom, over what, how far and until when. The agent is named
-- by name and number: whether they have an account is not known to who writes it. `agent` is the account that
-- took it on. Numbers are sealed, and found by the blind index of accounts' numbers.
CREATE TABLE access_mandates (
    id TEXT NOT NULL PRIMARY KEY,
    principal TEXT NOT NULL,
    principal_name TEXT NOT NULL,
    principal_sealed BYTEA NOT NULL,
    principal_blind BYTEA NOT NULL,
    firm_name TEXT NOT NULL,
    firm_code TEXT NOT NULL,
    agent TEXT,
    agent_name TEXT NOT NULL,
    agent_sealed BYTEA NOT NULL,
    agent_blind BYTEA NOT NULL,
    scope TEXT NOT NULL,
    items TEXT NOT NULL,
    case_no TEXT NOT NULL,
    powers TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    settled_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT NOT NULL,
    act TEXT NOT NULL,
    CHECK (from_day <= until_day),
    CHECK (principal_blind <> agent_blind),
    CHECK (agent IS NULL OR principal <> agent)
);
CREATE INDEX access_mandates_given ON access_mandates (principal, id);
CREATE INDEX access_mandates_named ON access_mandates (agent_blind, id);
CREATE INDEX access_mandates_acting ON access_mandates (agent, principal);
