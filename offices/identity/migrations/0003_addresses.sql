-- New mail addresses that wait for the code that was sent to them; the old one stands until then.
CREATE TABLE identity_addresses (
    account TEXT NOT NULL PRIMARY KEY,
    email_sealed BYTEA NOT NULL,
    code_mac BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX identity_addresses_ends ON identity_addresses (ends_at);
