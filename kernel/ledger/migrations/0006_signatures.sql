-- The doer's own signature over an act's canonical bytes. The act's leaf commits to it; it is erased with the
-- content, since it would confirm a guess.
CREATE TABLE ledger_signatures (
    act_id TEXT NOT NULL PRIMARY KEY,
    certificate BYTEA NOT NULL,
    signature BYTEA NOT NULL
);
