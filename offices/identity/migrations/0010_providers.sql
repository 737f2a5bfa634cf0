-- Sign-ins that somebody has begun at another identity platform: ten minutes, one use.
CREATE TABLE identity_pending (
    state_mac BYTEA NOT NULL PRIMARY KEY,
    kept_sealed BYTEA NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX identity_pending_ends ON identity_pending (ends_at);

-- Which account belongs to whom at another platform: by a MAC over its issuer and subject.
CREATE TABLE identity_links (
    subject_mac BYTEA NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    provider TEXT NOT NULL,
    name TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX identity_links_account ON identity_links (account, provider);
