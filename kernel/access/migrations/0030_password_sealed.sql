-- Hashes of passwords lie under the key that seals, besides the one that they are made with: that one is exchanged. A job
-- seals those that stand bare.
ALTER TABLE access_accounts ADD COLUMN password_sealed BYTEA;
CREATE INDEX access_accounts_bare ON access_accounts (id) WHERE password IS NOT NULL;
