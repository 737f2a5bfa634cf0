-- Forgotten passwords: asked for by anyone, granted by two administrators, one after the other.
CREATE TABLE identity_resets (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    first_by TEXT,
    first_name TEXT,
    first_at BIGINT,
    second_by TEXT,
    second_name TEXT,
    second_at BIGINT
);
CREATE INDEX identity_resets_state ON identity_resets (state, id);
CREATE INDEX identity_resets_account ON identity_resets (account, state);
