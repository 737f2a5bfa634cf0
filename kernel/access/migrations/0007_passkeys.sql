-- A passkey: the name that its device gave it, its public key, and how often the device said it was used.
ALTER TABLE access_factors ADD COLUMN passkey BYTEA;
ALTER TABLE access_factors ADD COLUMN passkey_key BYTEA;
ALTER TABLE access_factors ADD COLUMN counter BIGINT NOT NULL DEFAULT 0;
