-- The certificates by which gateways signed before: what was under way when one was exchanged still holds. `fingerprint` is SM3
-- over the DER, hex, as headers name it; `until_at` is until when the centre takes in what it has signed.
CREATE TABLE exchange_certificates (
    gateway TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    der BYTEA NOT NULL,
    replaced_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (gateway, fingerprint)
);

-- Since when a pair of the centre's own keys serves, which is until when the one before it did.
ALTER TABLE exchange_centre ADD COLUMN certified_at BIGINT;
